"""The source report's own results, to draw beside ours; nothing here is a result of this project.

D. Eftekhari's report on pruning a fully connected network gives its results as figures only.
These numbers were read off them by eye: within 0.005 where a curve is flat, 0.03 where it is
steep.  Its protocol differs from ours in what matters: Adam, a narrower initialization, the test
set used as validation set, one seed, PyTorch.  How it was trained and timed is read from its code
(DanielEftekhari/neural-network-pruning), as its text says less.

Read next: npprune/studies/baseline.py.
"""

from npprune.network.mlp import HIDDEN

NAME = "source report"

# Its setting, by its code: what differs from a run of ours is said beside the numbers.
SETTING = {
    "network": "784-1000-1000-500-200-10, no biases",
    "initial weights": "uniform, +- 1 / sqrt(fan-in)",
    "optimizer": "adam, rate 0.0003, constant",
    "weight decay": "0",
    "batch": "128, the last partial one dropped",
    "epochs": "25",
    "epoch chosen by": "test images",
    "seeds": "1",
    "cut": "int(k n) smallest of a layer",
    "units ranked by": "L2 norm of incoming weights",
    "time": "mean of 100 batches, cold start",
}

# Figure 1: validation loss and accuracy after epochs 1 to 6 (then flat, .975 to .985).
TRAINING_EPOCHS = (1, 2, 3, 4, 5, 6)
TRAINING_LOSS = (0.155, 0.098, 0.085, 0.072, 0.072, 0.0682)
TRAINING_ACCURACY = (0.952, 0.969, 0.973, 0.977, 0.979, 0.981)
BEST_LOSS, BEST_EPOCH = 0.0682, 6  # stated in its text
LATER_LOSS, LATER_ACCURACY = (0.075, 0.11), (0.975, 0.985)  # range, epochs 7 to 25

# Figures 2 and 3: what is left after pruning the fraction k of every hidden layer.
SPARSITIES = (0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 1.0)
ACCURACY = {
    "weight": (0.982, 0.981, 0.981, 0.982, 0.981, 0.978, 0.94, 0.68, 0.47, 0.21, 0.098),
    "unit": (0.981, 0.972, 0.837, 0.67, 0.50, 0.23, 0.157, 0.117, 0.10, 0.12, 0.098),
}
LOSS = {
    "weight": (0.07, 0.07, 0.07, 0.07, 0.10, 0.33, 1.49, 2.13, 2.26, 2.30, 2.303),
    "unit": (0.07, 0.10, 0.75, 1.25, 1.77, 2.12, 2.28, 2.30, 2.30, 2.30, 2.303),
}

# Figure 4, layer 2, k = .9: the survivors' share of its unit panel's bars, and what follows.
SURVIVORS_NEAR_ZERO = 0.093
SURVIVORS_AT, SURVIVORS_THERE = 0.065, 0.20  # |w|, and their share there
KS = 0.093  # distance of eliminated and surviving weights, from the bars
KS_INDEPENDENT = 0.019  # for independent weights of the same histogram and fan-in 1000

# Figure 5: milliseconds for 100 images, weight-pruned, COO tensors at every k, on its CPU.
COO_MILLISECONDS = (161, 139, 98, 80, 62, 44, 24, 13, 8, 4, 2)


def comparable(config):
    """Say whether a run is of the same task: MNIST, the whole test set, and the same network.

    Only beside such a run may the source's numbers stand, in tables, figures and sentences.
    """
    return config.dataset == "mnist" and not config.quick and config.recipe.hidden == HIDDEN
