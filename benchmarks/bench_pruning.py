"""Choosing what to cut, and cutting it: pytest benchmarks/bench_pruning.py"""

import numpy as np
import pytest

from npprune.pruning.compact import compact
from npprune.pruning.masks import KINDS, layer_masks, prune
from npprune.studies.prune import SPARSITIES


@pytest.mark.parametrize("kind", KINDS)
def bench_masks(benchmark, weights, kind):
    """Masks of the whole network at one sparsity: a partition, not a sort."""
    benchmark.group = f"masks of {kind}s at k = 0.9"
    masks = benchmark(layer_masks, weights, 0.9, kind)
    kept = sum(np.count_nonzero(mask) for mask in masks[:-1])
    assert kept == pytest.approx(0.1 * sum(mask.size for mask in masks[:-1]))


@pytest.mark.parametrize("kind", KINDS)
def bench_sweep(benchmark, weights, kind):
    """Pruning at all twelve sparsities of the study."""
    benchmark.group = f"pruning of {kind}s at all sparsities"
    networks = benchmark(lambda: [prune(weights, k, kind) for k in SPARSITIES])
    assert not any(W.any() for W in networks[-1][:-1])


def bench_compact(benchmark, pruned):
    """Removing the units that pruning has killed."""
    benchmark.group = "compact"
    smaller = benchmark(compact, pruned("unit", 0.9))
    assert [W.shape[1] for W in smaller] == [100, 100, 50, 20, 10]
