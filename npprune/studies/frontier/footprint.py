"""How many bytes does a pruned network take?  The formula beside the arrays and files themselves.

The first seed's network, pruned by magnitude and not retrained, in every layout of
npprune/inference/accounting.py: it is the number of nonzeros that counts here, not what they are
worth.  In memory the break-even sparsities are arithmetic and hold to the byte.  A zipped file is
another matter, as a zip finds the zeros of a dense matrix by itself.

Read next: npprune/studies/frontier/study.py.
"""

from npprune.inference.accounting import byte_table
from npprune.pruning.masks import prune

SPARSITIES = {"weight": (0.5, 0.9, 0.97, 0.99), "unit": (0.5, 0.9)}
QUICK_SPARSITIES = {"weight": (0.9,)}


def run(weights, sparsities=SPARSITIES):
    """Count the bytes of a network at every sparsity, in every layout.

    Shapes: weights L arrays; sparsities {kind: fractions} -> records of data/footprint.csv
    """
    return [
        {"kind": kind, "k": k} | row
        for kind, fractions in sparsities.items()
        for k in fractions
        for row in byte_table(prune(weights, k, kind))
    ]
