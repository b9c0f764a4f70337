"""How much can be pruned before accuracy falls, and which weights are pruned?

A trained network is pruned at every sparsity k: weights by magnitude, units by the L2 norm of their
incoming weights, and, as controls, both at random.  Nothing is retrained or repaired.  These are
the source report's Figures 2, 3 and 4.

A study is STUDY below, measure.py (pieces of work), draw.py, and tell.py with the numbers for the
slots of tell.md: npprune/lab/study.py.

Read next: npprune/studies/prune/magnitudes.py.
"""

from typing import NamedTuple

from npprune.lab.study import MODES, Figure, Records, Study

# Those of the source report among them.
SPARSITIES = (0.0, 0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 1.0)


class Form(NamedTuple):
    sparsities: tuple = SPARSITIES


STUDY = Study(
    name="prune",
    question="prune the networks at every sparsity: how much can be cut?",
    takes="10 seconds a seed",
    tables=(
        Records("sparsity", ("seed", "kind", "criterion", "k")),
        Records("distances", ("seed",)),
        Records("magnitudes", ("seed",)),
    ),
    figures=(
        Figure("sparsity", "accuracies", ("sparsity",)),
        Figure("magnitudes", "histograms", ("magnitudes",), first_seed=True),
    ),
    forms=dict.fromkeys(MODES, Form()),
    needs=("train",),
    flags=("sparsities",),
)
