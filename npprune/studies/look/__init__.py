"""What does pruning leave of the first layer?

A unit of the first layer has a weight for each pixel, so its mask is an image.  For some units of
the first seed's network it is recorded at which sparsity each weight is pruned, and at which the
unit is.  The report draws the masks at a few sparsities, and has a slider for all of them.

    masks    a record for each of those units
    matrix   a corner of a matrix, for a picture of what pruning makes of it

Read next: npprune/studies/look/measure.py.
"""

from typing import NamedTuple

from npprune.lab.study import MODES, Figure, Records, Study


class Form(NamedTuple):
    """At which sparsities, and of how many units: as many small norms as large ones."""

    sparsities: tuple = (0.0, 0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 1.0)
    units: int = 12
    corner: tuple = (5, 6)  # inputs and units of the matrix that is drawn


STUDY = Study(
    name="look",
    question="look at the masks: what does pruning leave of the first layer?",
    takes="a second",
    tables=(
        Records("masks", ("seed", "unit"), first_seed=True),
        Records("matrix", ("seed", "input", "unit"), first_seed=True),
    ),
    figures=(
        Figure("matrix", "matrix", ("matrix",), True),
        Figure("masks", "masks", ("masks",), True),
    ),
    forms=dict.fromkeys(MODES, Form()),
    needs=("train", "prune"),
)
