"""How well does the dense network learn?  Every later number is compared with this one.

Validation images choose the epoch whose weights are kept; test images are used once, at the end.

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
