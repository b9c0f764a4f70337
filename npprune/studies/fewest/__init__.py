"""How few weights does the literature's perceptron need?

Most of the literature on pruning has a number for 784-300-100-10.  Here every weight counts, those
of the output layer and of the pixels too.  A chain of recipes (recipes.json) takes the dense
network of a seed to ever fewer weights:

    dense        trained with holes in the images, on the labels alone
    the others   weights are exchanged while their number shrinks (npprune/pruning/regrow.py),
                 with soft targets: the mean of the dense networks' logits

Controls have as many weights in other ways: small dense networks; sparse ones whose first weights
are chosen at random, and then exchanged at a constant number or not; and lottery tickets
(npprune/pruning/lottery.py), with the two controls that belong to them.

No image is moved, turned or made.  published.csv holds what others reached, and whether it could be
checked at a public copy; tries.csv what was tried here, on validation images.

Read next: npprune/studies/fewest/measure.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study

TIMES = ("us", "us_q1", "us_q3", "speedup")
BATCHES = (1, 100)  # images at a time, where networks are timed
LARGE, DENSE = "large dense", ("dense", "large dense")
COSTED = (LARGE, "dense", "22,100 weights", "14,500 weights", "12,000 weights", "4,800 weights")


class Form(NamedTuple):
    """Of which network, and the most epochs that a step may train."""

    hidden: tuple = (300, 100)
    epochs: int = 1000
    teachers: int = 3  # the first seeds, whose dense networks teach
    budget: float = 3.0  # seconds of timing for each seed and batch size


STUDY = Study(
    name="fewest",
    question="how few weights does the literature's perceptron need?",
    takes="20 minutes a seed",
    tables=(
        Records("fewest", ("seed", "group", "name")),
        Records("fewest_costs", ("seed", "name", "batch"), times=TIMES),
    ),
    figures=(Figure("fewest", "errors", ("fewest",)),),
    forms={"trial": Form(epochs=2, teachers=1, budget=0.1), "full": Form()},
)
