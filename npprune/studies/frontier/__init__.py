"""How small and how fast can the network be at no loss of accuracy?

Every point is a network really made, timed and exported to the run's networks/: the dense one; the
dense one after a recipe (npprune/pruning/recipes.py); and networks never pruned (controls.py).

    frontier     each network's accuracy, size, and time for an image

Read next: npprune/studies/frontier/controls.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study
from npprune.studies.frontier.recipes import QUICK_RECIPES, RECIPES

BATCHES = (1, 100, 1000)  # at which the networks are timed
TIME_COLUMNS = tuple(
    f"{column}_{batch}" for batch in BATCHES for column in ("us", "us_q1", "us_q3", "speedup")
)


class Form(NamedTuple):
    recipes: tuple = ()  # paths of recipes of one's own
    listed: tuple = RECIPES
    # Of the small networks: units never there, epochs of the pruned twin, rate without a teacher.
    small: tuple = ((0.8, 16, 0.1), (0.9, 24, 0.1), (0.95, 40, 0.05))
    longer: int = 24  # epochs that the dense network is trained on for
    budget: float = 3.0  # seconds of timing for each seed and batch size


STUDY = Study(
    name="frontier",
    question="how small and fast at what accuracy?",
    takes="6 minutes a seed",
    tables=(Records("frontier", ("seed", "name"), costs=("seconds",), times=TIME_COLUMNS),),
    figures=(Figure("frontier", "costs", ("frontier",)),),
    forms={"trial": Form((), QUICK_RECIPES, ((0.8, 1, 0.1),), 1, 0.0), "full": Form()},
    needs=("train",),
    flags=("recipes",),
)
