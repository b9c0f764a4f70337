"""Is the pruned network faster?  Milliseconds for a forward pass, dense against sparse.

The first seed's network runs in every format, by the rules in npprune/lab/stopwatch.py.  The source
report (its Figure 5) timed COO at every k, without a dense contender: its k = 0 is already sparse.

Read next: npprune/studies/time/measure.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study
from npprune.studies.prune import SPARSITIES


class Form(NamedTuple):
    """budget is in seconds a comparison."""

    sparsities: tuple = SPARSITIES
    batches: tuple = (1, 100, 1000)
    budget: float = 0.15


STUDY = Study(
    name="time",
    question="time the pruned networks in every format: what do the zeros buy?",
    takes="1 minute",
    tables=(Records("timing", ("kind", "k", "batch", "threads"), one_machine=True),),
    figures=(
        Figure("timing", "milliseconds", ("timing",)),
        Figure("overview", "overview", ("timing", "sparsity")),
    ),
    forms={"trial": Form((0.9, 0.99), (1, 100), 0.0), "short": Form(), "full": Form()},
    needs=("prune",),
    flags=("sparsities",),
)
