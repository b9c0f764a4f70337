"""Which part of the training recipe makes pruning possible, and ranks the criteria?

One thing is varied at a time: optimizer, weight decay, rate, initialization, split of the images.
Nothing is retrained.

    ablation    loss and accuracy of every pruned network

Read next: npprune/studies/ablation/measure.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study
from npprune.studies.variants import VARIANTS

SPLIT = "default, another split"
CRITERIA = ("magnitude", "random", "obd", "obd-decay-iterated")


class Form(NamedTuple):
    """A small network allows many variants and seeds."""

    hidden: tuple = (300, 100)
    epochs: int = 8  # at most
    images: int = 10_000  # that the criteria see
    sparsities: tuple = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995)
    recipes: tuple = (*VARIANTS, SPLIT)


TRIAL = Form((20, 10), 1, 250, (0.0, 0.8, 0.95), ("default", "no weight decay", SPLIT))
STUDY = Study(
    name="ablation",
    question="which part of the training recipe makes pruning possible?",
    takes="a minute a seed",
    tables=(Records("ablation", ("seed", "recipe")),),
    figures=(Figure("ablation", "curves", ("ablation",)),),
    forms={"trial": TRIAL, "full": Form()},
)
