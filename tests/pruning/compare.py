"""What tests of pruning ask about lists of arrays, and about a training after each of its steps."""

import numpy as np

from npprune.network.mlp import logits


def assert_close(arrays, expected, **tolerance):
    for array, other in zip(arrays, expected, strict=True):
        np.testing.assert_allclose(array, other, **tolerance)


def assert_held(arrays, masks):
    """All is 0 where the masks are False, and something is not where they are True."""
    for array, mask in zip(arrays, masks, strict=True):
        assert not array[~mask].any()
        assert array[mask].any()


def bits(arrays):
    return [array.tobytes() for array in arrays]


def flat(arrays):
    return np.concatenate([array.ravel() for array in arrays])


def nonzeros(arrays):
    return sum(map(np.count_nonzero, arrays))


def logit_error(new, weights, X):
    """Mean square by which the logits of two networks differ."""
    return np.square(logits(new, X) - logits(weights, X)).mean()


def after_each_step(training, look):
    """Let every step of a training be followed by a look; -> list of what is seen."""
    step, seen = training.step, []

    def watched(*arguments):
        step(*arguments)
        seen.append(look())

    training.step = watched
    return seen
