"""What pruning does to a neural network and what it buys, from the raw arrays up."""
