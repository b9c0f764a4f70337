"""What is lost besides accuracy, when as much accuracy is lost?

A network whose weights are pruned, one whose units are pruned, and one that was small from the
start are brought to the same loss of accuracy on the validation images, one point.  Then they are
compared by what accuracy does not say: which classes and which images go, and whether the network
still knows when it is unsure.

    lost            each network: answers that changed, calibration before and after cooling
    lost_classes    its right answers, class by class

Source: Hooker, Courville, Clark, Dauphin and Frome 2019 for the question.

Read next: npprune/studies/lost/calibration.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study

LOSS = 0.01  # of accuracy: one point
NETWORKS = ("dense", "weights pruned", "units pruned", "small from scratch")


class Form(NamedTuple):
    """How close the loss is met: halvings of k, and the small networks that are tried."""

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
