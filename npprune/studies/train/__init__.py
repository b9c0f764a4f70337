"""How well does the dense network learn?  Every later number is read against this one.

Networks are trained from several seeds; the validation images choose the epoch whose weights are
kept; the test images are looked at once, at the end.

    training    loss and accuracy after every epoch
    baseline    the epoch that was kept, and what its network is worth on the test images

Read next: npprune/studies/train/measure.py.
"""

from npprune.lab.study import MODES, Figure, Records, Study

STUDY = Study(
    name="train",
    question="train the networks: how well does the dense one learn?",
    takes="40 seconds a seed",
    tables=(
        Records("baseline", ("seed",), costs=("seconds", "peak_memory_mb")),
        Records("training", ("seed",), costs=("seconds",)),
    ),
    figures=(Figure("training", "curves", ("training",)),),
    forms=dict.fromkeys(MODES),  # there is one: the run's own recipe
)
