"""How good a pruned network still is: loss and accuracy, in the fastest way.

Pruned units are removed; networks with few weights left run through scipy.sparse.

Read next: npprune/lab/stopwatch.py.
"""

from npprune.inference import build
from npprune.network.mlp import evaluate, logits
from npprune.pruning.compact import compact
from npprune.pruning.masks import sparsity

SPARSE_FROM = 0.93  # above the break-even of batches (the study of time)


def outcome(weights, validation, test):
    """Evaluate a pruned network on the validation and test splits.

    Shapes: weights L arrays (n_{l-1}, n_l), 0 = pruned -> record of four columns
    """
    smaller = compact(weights)
    sparse = build(smaller, "csr") if sparsity(smaller) > SPARSE_FROM else None
    forward = logits if sparse is None else lambda _, X: sparse(X)
    record = {}
    for name, split in (("validation", validation), ("test", test)):
        loss, accuracy = evaluate(smaller, split, forward)
        record |= {f"{name}_loss": loss, f"{name}_accuracy": accuracy}
    return record
