"""What tests of the theorem share: chance as zero, the z-test, odd layers, units of many scales."""

import math

import numpy as np
from scipy import special

SIGMAS = 4.5


def above_chance(distances):
    """KS, AUC - 1/2 and the gap, for random elimination 0.  Shapes: (3, ...) -> (3, ...)"""
    distances = np.array(distances)
    distances[1] -= 0.5
    return distances


def mean_and_error(drawn):
    """Mean and standard error.  Shapes: (draws, ...) -> (...), (...)"""
    return np.mean(drawn, axis=0), np.std(drawn, axis=0, ddof=1) / math.sqrt(len(drawn))


def small_layers():
    """Layers with no ties, with many, of many zeros, of one input, and of one magnitude."""
    rng = np.random.default_rng(1)
    return [
        rng.standard_normal((9, 7), dtype=np.float32),
        rng.integers(-3, 4, (12, 8)).astype(np.float32),
        np.where(rng.random((20, 8)) < 0.5, 0, rng.random((20, 8), np.float32)),
        rng.laplace(size=(1, 9)).astype(np.float32),
        np.full((5, 8), -0.3, np.float32),
    ]


def even_scales(n, tau):
    """Unit scales at even quantiles of their law, so that drawing them adds no noise."""
    normal = special.ndtri((np.arange(n) + 0.5) / n)
    return np.exp(tau * normal / normal.std())
