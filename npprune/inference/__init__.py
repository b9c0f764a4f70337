"""What pruning buys: the forward pass of a pruned network, in every format that could be fast."""

from npprune.inference.engine import build

__all__ = ["build"]
