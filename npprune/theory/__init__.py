"""The mathematics alone: the theorem on unit pruning, and how local a mask is."""
