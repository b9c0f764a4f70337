"""How a gradient becomes a step: SGD with momentum, Adam, and the schedule of the learning rate.

An optimizer is an object with its state (arrays shaped as the weights), one method that writes
into the weights, and `gradient_scale`, the factor it wants folded into the gradients.

Each pass over the 2.4 million weights costs about a twentieth of a training step, because it runs
at the speed of memory.  So the passes are few, and all are done over some rows of a matrix before
the next rows, while those are in the cache.  One more is needed now and then: the velocity of a
weight whose gradient is exactly zero shrinks by the momentum every step until it is subnormal,
after some 760 steps, and many processors are thirty times slower with such numbers. `flush` sets
them to zero before.

Read next: npprune/network/workspace.py.
"""

import math

import numpy as np

# Added to a weight above 1e-12, a number below this changes no bit of it.  With momentum 0.9,
# 0.9**FLUSH_EVERY * TINY is still far above the smallest normal number, 1.2e-38.
TINY = 1e-20
FLUSH_EVERY = 256

CACHED = 65_536  # numbers of a matrix at a time: with a few arrays like it, a second-level cache

SCHEDULES = {
    # progress t runs from 0 (first step) to 1 (end of training)
    "constant": lambda t: 1.0,
    # ten times smaller after half the time, and again after three quarters
    "step": lambda t: 1.0 if t < 0.5 else 0.1 if t < 0.75 else 0.01,
    # Loshchilov and Hutter 2017 (SGDR), eq. 5, without restarts
    "cosine": lambda t: (1 + math.cos(math.pi * t)) / 2,
}


def flush(arrays):
    """Set numbers too small to matter to exactly zero; writes into the arrays."""
    for array in arrays:
        array[np.abs(array) < TINY] = 0


def row_blocks(*arrays):
    """Yield views of the same rows of several matrices, few enough to stay in the cache together.

    Shapes: arrays (n_in, n_out) -> lists of views (rows, n_out), CACHED numbers each, or one row
    """
    rows = max(1, CACHED // max(1, arrays[0].shape[1]))
    for start in range(0, len(arrays[0]), rows):
        yield [array[start : start + rows] for array in arrays]


class SGD:
    """Stochastic gradient descent with momentum, optionally Nesterov's, and weight decay.

    Shapes: velocity, like the weights, float32

        v <- momentum v - learning_rate dW, then either
        w <- w + v                                          (Polyak's heavy ball)
        w <- w + momentum v - learning_rate dW              (Nesterov's: Sutskever et al. 2013, with
                                                             the point looked ahead to kept as w)
    Weight decay is apart from the gradient (Loshchilov and Hutter 2019): w <- (1 - lr decay) w.
    """

    def __init__(self, weights, momentum=0.9, nesterov=False, weight_decay=0.0):
        """Start at rest."""
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay
        self.velocity = [np.zeros_like(W) for W in weights]
        self.steps = 0

    def gradient_scale(self, learning_rate):
        """The gradients come as the step itself, -learning_rate dW."""
        return -learning_rate

    def step(self, weights, gradients, learning_rate):
        """Write one step into the weights; the gradients are used up."""
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
        """Return the arrays, by name, that a run needs to go on."""
        return {"velocity": self.velocity}


class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1), for the protocol of the source report.

    Shapes: mean, square, like the weights, float32

        m <- b1 m + (1 - b1) dW          s <- b2 s + (1 - b2) dW^2
        w <- w - learning_rate (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + epsilon)
    Weight decay is apart from the gradient, as in SGD (then the method is called AdamW).
    """

    B1, B2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, weights, weight_decay=0.0):
        """Start with both moments at zero."""
        self.weight_decay = weight_decay
        self.mean = [np.zeros_like(W) for W in weights]
        self.square = [np.zeros_like(W) for W in weights]
        self._scratch = [np.empty_like(W) for W in weights]
        self.steps = 0

    def gradient_scale(self, learning_rate):
        """The gradients come as they are."""
        return 1.0

    def step(self, weights, gradients, learning_rate):
        """Write one step into the weights; the gradients are used up.

        The two bias corrections are folded into the step size and epsilon (Kingma and Ba, end of
        section 2): with c = 1 - b2^t, sqrt(s / c) + e = (sqrt(s) + e sqrt(c)) / sqrt(c).
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
        """Return the arrays, by name, that a run needs to go on."""
        return {"mean": self.mean, "square": self.square}
