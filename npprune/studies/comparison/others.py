"""Results of others on MNIST, to set beside ours; nothing here is a result of this project.

A second public answer to the challenge that the source report answers, and what the literature has
reached with perceptrons.  Those work with another network, 784-300-100-10, so what can be compared
is the number of weights that are left and what it costs in error, not the error itself.

Read next: npprune/studies/comparison/sides.py.
"""

from typing import NamedTuple

# The repository justincosentino/network-pruning: the source's network, Adam at 1e-3, Glorot's
# initialization, one seed; test accuracy, not retrained.
ANSWER = "other answer"
ANSWER_SETTING = {
    "network": "the same",
    "initial weights": "Glorot",
    "optimizer": "adam, rate 0.001",
    "seeds": "1",
}
ANSWER_SPARSITIES = (0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99)
ANSWER_ACCURACY = {
    "weight": (0.9766, 0.9761, 0.9763, 0.9732, 0.9722, 0.9553, 0.8081, 0.6536, 0.2989),
    "unit": (0.9729, 0.9331, 0.8959, 0.7968, 0.5242, 0.1733, 0.1303, 0.1387, 0.1128),
}

PERCEPTRON = 784 * 300 + 300 * 100 + 100 * 10  # weights of 784-300-100-10


class Published(NamedTuple):
    """A published result: weights kept, error in percent, dense and sparse, and how.

    error is None where the work says no more than that it matches the dense network's.  checked
    is False for numbers written down from memory, never compared with the paper.
    """

    work: str
    weights: int
    dense: float | None
    error: float | None
    how: str
    checked: bool = True


PUBLISHED = (
    Published("Han et al. 2015", 22_000, 1.64, 1.59, "retrained"),
    Published("Dong et al. 2017", round(0.07 * PERCEPTRON), 1.76, 3.10, "not retrained", False),
    Published("Frankle & Carbin 2019", round(0.036 * PERCEPTRON), None, None, "rewound"),
    Published("Lee et al. 2019", round(0.02 * PERCEPTRON), 1.7, 2.4, "before training", False),
    Published("Guo et al. 2016", 4_800, 2.28, 1.99, "retrained"),
    Published("Molchanov et al. 2017", round(0.015 * PERCEPTRON), 1.64, 1.92, "variational"),
)
