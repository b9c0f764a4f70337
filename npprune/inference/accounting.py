"""What is left of a pruned network: how many weights, how much work, how many bytes.

Achieved sparsity counts the zeros.  Effective sparsity also counts a weight that lies on no path of
weights from a pixel to a class; size and speed depend on it (Vysogorets and Kempe 2023).

Read next: npprune/inference/export.py.
"""

import io
import math
from typing import NamedTuple

import numpy as np

from npprune.errors import InputError
from npprune.network.mlp import network_sizes
from npprune.pruning.compact import compact


class Layer(NamedTuple):
    """One layer: original weights, nonzeros, those that a logit depends on, and a compact network's
    units before and after it.
    """

    original: int
    nonzeros: int
    effective: int
    live_in: int
    live_out: int

    @property
    def achieved_sparsity(self):
        return 1 - self.nonzeros / self.original

    @property
    def effective_sparsity(self):
        return 1 - self.effective / self.original


def layers(weights, sizes=None):
    """Count what is left of every layer.

    Shapes: weights; sizes (n_0, ..., n_L) before pruning, by default their own -> L Layers

    Raises InputError when the original would be smaller than what is left of it.
    """
    sizes = network_sizes(weights) if sizes is None else list(sizes)
    left = network_sizes(weights)
    if len(sizes) != len(left) or any(n > m for n, m in zip(left, sizes, strict=True)):
        raise InputError(f"layer sizes {left} are not left of a network of sizes {sizes}")
    return [
        Layer(n_in * n_out, np.count_nonzero(W), np.count_nonzero(live), *live.shape)
        for n_in, n_out, W, live in zip(sizes[:-1], sizes[1:], weights, compact(weights),
                                        strict=True)
    ]  # fmt: skip


def totals(weights, sizes=None):
    """Count what is left of the whole network.  Shapes: as layers -> record

    Sparsities are of the hidden layers; the rest is of all layers.  Each weight left is multiplied
    once an image, so parameters are also multiply-adds, and the compression ratio is the speedup in
    theory, which no format reaches.  compact_multiply_adds is what a dense product still does once
    dead units are removed.
    """
    counted = layers(weights, sizes)
    hidden = sum(layer.original for layer in counted[:-1])
    original = sum(layer.original for layer in counted)
    parameters = sum(layer.effective for layer in counted)
    ratio = original / parameters if parameters else math.inf
    return {
        "achieved_sparsity": 1 - sum(layer.nonzeros for layer in counted[:-1]) / hidden,
        "effective_sparsity": 1 - sum(layer.effective for layer in counted[:-1]) / hidden,
        "parameters": parameters,
        "multiply_adds": parameters,
        "compact_multiply_adds": sum(layer.live_in * layer.live_out for layer in counted),
        "compression_ratio": ratio,
        "theoretical_speedup": ratio,
    }


def npz_bytes(arrays, save):
    content = io.BytesIO()
    save(content, *arrays)
    return len(content.getbuffer())
