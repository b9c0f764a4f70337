"""How near are training and inference to what this machine can do, and where does the time go?

Training steps and inference plans are timed against the products that they need, and products
against the machine's limits; then how the time grows, and where it jumps.

Read next: npprune/studies/speed/training.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study


class Form(NamedTuple):
    """budget is in seconds a comparison, beyond the fewest rounds."""

    budget: float = 2.0
    steps: tuple = (  # (width of the first two hidden layers, batch) of the training steps
        (250, 128), (500, 128), (1000, 32), (1000, 128), (1000, 512), (2000, 128), (4000, 128),
    )  # fmt: skip
    batches: tuple = (1, 16, 100, 256, 1000, 10_000)
    sparsities: tuple = (0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.99)
    products: tuple = (1, 4, 16, 64, 256, 1024)  # batches under the roofs
    images: tuple = (1_000, 10_000, 100_000, 1_000_000)
    widths: tuple = (250, 500, 1000, 2000, 4000)
    depths: tuple = (1, 2, 4, 8, 16)
    sides: tuple = (256, 362, 512, 724, 1024, 1448, 2048, 2896, 4096)


TRIAL = Form(
    0.0, ((250, 32),), (1, 16), (0.5, 0.99), (1, 16), (100, 200), (50, 100), (1, 2), (64, 128)
)

STUDY = Study(
    name="speed",
    question="how near are training and inference to the machine's limits?",
    takes="15 minutes",
    tables=(
        Records("speed_training", ("width", "batch"), one_machine=True),
        Records("speed_inference", ("batch", "k", "masks"), one_machine=True),
        Records("break_even", ("batch", "threads"), one_machine=True),
        Records("roofline", ("what", "batch"), one_machine=True),
        Records("scaling", ("what", "contender"), one_machine=True),
    ),
    figures=(
        Figure("roofline", "roofs", ("roofline",)),
        Figure("scaling", "growth", ("scaling",)),
    ),
    forms={"trial": TRIAL, "full": Form()},
    needs=("train",),
)
