"""What does pruning leave of the first layer?

A unit of the first layer has a weight for each pixel, so its mask is an image.  For some units of
the first seed's network the study records at which sparsity each weight, and the unit, is pruned;
and of the last hidden layer a corner, for a picture of CSR.

Read next: npprune/studies/look/measure.py.
"""

from typing import NamedTuple

from npprune.lab.study import MODES, Figure, Records, Study
from npprune.studies.prune import SPARSITIES


class Form(NamedTuple):
    sparsities: tuple = SPARSITIES
    units: int = 12
    corner: tuple = (5, 6)  # inputs and units of the matrix that is drawn


STUDY = Study(
    name="look",
    question="look at the masks: what does pruning leave of the first layer?",
    takes="a second",
    tables=(
        Records("masks", ("seed",), first_seed=True),
        Records("matrix", ("seed",), first_seed=True),
    ),
    figures=(
        Figure("matrix", "matrix", ("matrix",), first_seed=True),
        Figure("masks", "masks", ("masks",), first_seed=True),
    ),
    forms=dict.fromkeys(MODES, Form()),
    needs=("train", "prune"),
)
