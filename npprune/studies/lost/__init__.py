"""What is lost besides accuracy, when as much accuracy is lost?

Networks with pruned weights, with pruned units, and small from the start are brought to the same
loss of validation accuracy, one point: which classes and images are lost, and does the network
still know when it is unsure?

Source: Hooker, Courville, Clark, Dauphin and Frome 2019 for the question.

Read next: npprune/studies/lost/calibration.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study

NETWORKS = ("dense", "weights pruned", "units pruned", "small from scratch")


class Form(NamedTuple):
    halvings: int = 12
    # Of the units, those never there.
    small: tuple = (0.9, 0.93, 0.94, 0.95, 0.955, 0.96, 0.965, 0.97, 0.98, 0.99)


STUDY = Study(
    name="lost",
    question="what is lost besides accuracy: classes, images, calibration?",
    takes="half a minute a seed",
    tables=(Records("lost", ("seed",)), Records("lost_classes", ("seed",))),
    figures=(Figure("lost", "classes", ("lost_classes",)),),
    forms={"trial": Form(4, (0.5,)), "full": Form()},
    needs=("train",),
)
