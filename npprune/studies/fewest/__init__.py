"""How few weights does the literature's perceptron, 784-300-100-10, need?

Every weight counts, also those of the output layer.  A chain of recipes takes each dense network to
ever fewer weights, which are exchanged (npprune/pruning/regrow.py), with soft targets from dense
networks and holes in the images.  Controls have as many weights.

    recipes.json    the chain and the controls; k is null where `weights` says how many are left
    published.csv   what others reached, and whether it was checked at a public copy
    tries.csv       what was tried here, on validation images
    ways.csv        what each control is

Read next: npprune/studies/fewest/measure.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study

TIMES = ("us", "us_q1", "us_q3", "speedup")
BATCHES = (1, 100)  # images at a time, where networks are timed
LARGE, DENSE = "large dense", ("dense", "dense, trained on", "large dense")
COSTED = (LARGE, "dense", "22,100 weights", "14,500 weights", "12,000 weights", "4,800 weights")


class Form(NamedTuple):
    hidden: tuple = (300, 100)
    epochs: int = 1000
    teachers: int = 3  # the dense networks of seeds 0 to teachers - 1 teach
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
