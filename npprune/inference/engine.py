"""One call that makes a pruned network ready to run, in the format asked for.

Read next: npprune/studies/time/__init__.py.
"""

from npprune.errors import InputError
from npprune.inference.auto import fastest_plan
from npprune.inference.formats import SPARSE, as_network, operator
from npprune.inference.plan import Plan
from npprune.pruning.compact import compact

FORMATS = ("dense", *SPARSE, "compact", "auto")


def build(weights, format="auto", threads=1, batch=100):
    """Prepare a network for fast inference in one of FORMATS.

    Shapes: weights -> callable, X (N, n_0) -> logits (N, n_L)

    coo, csr, csc   hidden layers sparse, the output layer dense
    compact         dense, without dead units
    auto            whatever is fastest with batches of size `batch`
    Raises InputError for an unknown format, threads or batch below 1, or weights that make no
    network.
    """
    if format not in FORMATS:
        raise InputError(f"format {format!r}: give one of {', '.join(FORMATS)}")
    if threads < 1 or batch < 1:
        raise InputError(f"threads {threads}, batch {batch}: give at least 1 of each")
    weights = as_network(weights)
    if format == "auto":
        return fastest_plan(weights, batch, threads)
    if format == "compact":
        weights = compact(weights)
    chosen = format if format in SPARSE else "dense"
    hidden = [operator(W, chosen) for W in weights[:-1]]
    return Plan([*hidden, operator(weights[-1], "dense")], threads)
