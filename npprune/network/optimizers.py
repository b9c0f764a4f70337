"""How a gradient becomes a step: SGD with momentum, Adam, and the learning rate's schedule.

`step` writes into the weights; the gradients come multiplied by `gradient_scale`, and are used up.

Memory limits the speed, so passes over the 2.4 million weights are few, and all are done over some
cached rows before the next.  Where a gradient is exactly zero the velocity becomes subnormal after
some 760 steps, which makes many processors thirty times slower: `flush` prevents this.

Read next: npprune/network/workspace.py.
"""

import math

import numpy as np

# Added to a weight above 1e-12, a number below this changes no bit of it.  With momentum 0.9,
# 0.9**FLUSH_EVERY * TINY is still far above the smallest normal number, 1.2e-38.  Adam: such a mean
# moves a weight by less than 1e-15, and the root of such a square, 1e-10, is small beside epsilon.
TINY = 1e-20
FLUSH_EVERY = 256

CACHED = 65_536  # numbers, 256 KB: so much of W, state and gradients fit a second-level cache

SCHEDULES = {
    # progress t runs from 0 (first step) to 1 (end of training)
    "constant": lambda t: 1.0,
    # ten times smaller after half the time, and again after three quarters
    "step": lambda t: 1.0 if t < 0.5 else 0.1 if t < 0.75 else 0.01,
    # Loshchilov and Hutter 2017 (SGDR), eq. 5, without restarts
    "cosine": lambda t: (1 + math.cos(math.pi * t)) / 2,
}


def flush(arrays):
    """Set numbers smaller than TINY to zero, in place."""
    for array in arrays:
        array[np.abs(array) < TINY] = 0


def row_blocks(*arrays):
    """Yield views of the same rows of several matrices.

    Shapes: arrays (n_in, n_out) -> lists of (rows, n_out), at most CACHED numbers each or one row
    """
    rows = max(1, CACHED // max(1, arrays[0].shape[1]))
    for start in range(0, len(arrays[0]), rows):
        yield [array[start : start + rows] for array in arrays]


class SGD:
    """SGD with momentum and weight decay.  Shapes: velocity like the weights

        v <- momentum v - learning_rate dW, then either
        w <- w + v                                 (Polyak's heavy ball)
        w <- w + momentum v - learning_rate dW     (Nesterov's, as in Sutskever et al. 2013; w is
                                                    the look-ahead point)
    Weight decay is apart from the gradient (Loshchilov and Hutter 2019):
        w <- (1 - learning_rate weight_decay) w
    """

    def __init__(self, weights, momentum=0.9, nesterov=False, weight_decay=0.0):
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay
        self.velocity = [np.zeros_like(W) for W in weights]
        self.steps = 0

    def gradient_scale(self, learning_rate):
        """What the caller multiplies gradients by, so that step needs no pass for it."""
        return -learning_rate

    def step(self, weights, gradients, learning_rate):
        """Write a step into the weights, decay first.

        gradients: already times gradient_scale(learning_rate); overwritten.
        """
        self.steps += 1
        momentum = np.float32(self.momentum)
        kept = np.float32(1 - learning_rate * self.weight_decay)
        for layer in zip(weights, self.velocity, gradients, strict=True):
            for W, V, step in row_blocks(*layer):
                if self.weight_decay:
                    W *= kept
                V *= momentum
                V += step
                if self.nesterov:
                    W += step
                    W += np.multiply(V, momentum, out=step)
                else:
                    W += V
        if self.steps % FLUSH_EVERY == 0:
            flush(self.velocity)

    def state(self):
        """Arrays, by name, for a checkpoint."""
        return {"velocity": self.velocity}


class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1).  Shapes: mean m, square s like the weights

        m <- b1 m + (1 - b1) dW          s <- b2 s + (1 - b2) dW^2
        w <- w - learning_rate (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + epsilon)
    Weight decay as in SGD gives AdamW.
    """

    B1, B2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, weights, weight_decay=0.0):
        self.weight_decay = weight_decay
        self.mean = [np.zeros_like(W) for W in weights]
        self.square = [np.zeros_like(W) for W in weights]
        self._scratch = [np.empty_like(W) for W in weights]
        self.steps = 0

    def gradient_scale(self, learning_rate):
        """1: gradients as they are."""
        return 1.0

    def step(self, weights, gradients, learning_rate):
        """As SGD.step.

        Bias corrections are folded into step size and epsilon (Kingma and Ba, end of section 2):
        with c = 1 - b2^t, sqrt(s / c) + e = (sqrt(s) + e sqrt(c)) / sqrt(c).
        """
        self.steps += 1
        root = math.sqrt(1 - self.B2**self.steps)
        size = np.float32(learning_rate * root / (1 - self.B1**self.steps))
        epsilon = np.float32(self.EPSILON * root)
        kept = np.float32(1 - learning_rate * self.weight_decay)
        state = self.mean, self.square, self._scratch
        for layer in zip(weights, *state, gradients, strict=True):
            for W, m, s, scratch, dW in row_blocks(*layer):
                if self.weight_decay:
                    W *= kept
                s *= np.float32(self.B2)
                np.multiply(dW, dW, out=scratch)
                scratch *= np.float32(1 - self.B2)
                s += scratch
                m *= np.float32(self.B1)
                dW *= np.float32(1 - self.B1)
                m += dW
                np.sqrt(s, out=scratch)
                scratch += epsilon
                np.divide(m, scratch, out=scratch)
                scratch *= size
                W -= scratch
        if self.steps % FLUSH_EVERY == 0:
            flush(self.mean)
            flush(self.square)

    def state(self):
        return {"mean": self.mean, "square": self.square}
