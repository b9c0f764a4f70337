"""The mathematics alone: the theorem on unit pruning, and how local a mask is."""

from npprune.theory.theorem.bounds import sharp_bound

__all__ = ["sharp_bound"]
