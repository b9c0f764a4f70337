"""What is left of a pruned network: how many weights, how much work, how many bytes.

"90 % sparse" can mean three things.  Requested is the k that was asked for; achieved counts the
zeros there are; effective counts a weight as pruned, too, when no path of weights through it joins
a pixel to a class.  What counts for size and speed is the effective sparsity (Vysogorets and Kempe
2023).

Each weight that is left is multiplied once an image, so the parameters of a perceptron are also its
multiply-adds: the compression ratio (parameters before / after) is the theoretical speedup too.  No
format reaches it.

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
    """What is left of one layer: entries of the original, nonzeros, and those that are heard.

    live_in and live_out are the units before and after it that a compact network keeps.
    """

    original: int
    nonzeros: int
    effective: int
    live_in: int
    live_out: int

    @property
    def achieved_sparsity(self):
        """Zeros, and weights removed, over all weights of the original layer."""
        return 1 - self.nonzeros / self.original

    @property
    def effective_sparsity(self):
        """The same, counting as pruned what no logit depends on."""
        return 1 - self.effective / self.original


def layers(weights, sizes=None):
    """Count what is left of every layer.

    Shapes: weights L arrays (n_{l-1}, n_l), whole, masked or compact; sizes (n_0, ..., n_L) of the
    network they were pruned from, their own by default -> L Layers

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
    """Count what is left of the whole network.

    Shapes: as layers -> record

    The sparsities are those of the hidden layers, which alone are pruned; parameters and
    multiply-adds are of all layers, since the output layer costs as the others do.
    compact_multiply_adds is what a dense product still does once the dead units are removed.
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
    """Bytes of the .npz file that np.savez or np.savez_compressed makes of arrays."""
    content = io.BytesIO()
    save(content, *arrays)
    return len(content.getbuffer())
