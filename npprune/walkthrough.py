"""Pruning a neural network in one file: from the first image to the last table in ten seconds.

    python -m npprune.walkthrough          or cell by cell, in an editor that knows `# %%`

A perceptron learns to read digits.  Then nine tenths of its weights, or of its units, are pruned.
How many digits does it still read, and is it faster?

Read next: npprune/train.py.
"""

import itertools
import os
import time

if __name__ == "__main__":  # BLAS, which computes A @ B, on one core, since scipy.sparse uses one
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # it is read when NumPy is imported

import numpy as np
from scipy import sparse

from npprune.data import datasets

HIDDEN, K = (1000, 1000, 500, 200), 0.9  # units of the hidden layers; the part that is pruned
IMAGES, EPOCHS, BATCH, RATE, MOMENTUM, DECAY = 25_000, 2, 128, 0.1, 0.9, 0.02


# %% The network: a list of matrices W_1 ... W_L, and no biases.  Column j of a matrix is a unit.
def initial_weights(sizes, rng):
    """Uniform with variance 2 / n_in, which keeps the size of the signal (He et al. 2015)."""
    weights = []
    for n_in, n_out in itertools.pairwise(sizes):
        limit = np.sqrt(6 / n_in)  # a number drawn from -a to a has variance a^2 / 3
        weights.append(rng.uniform(-limit, limit, (n_in, n_out)).astype(np.float32))
    return weights


def forward(weights, X):
    """H_0 = X, a row for each image; H_l = max(H_{l-1} W_l, 0); last the logits H_{L-1} W_L."""
    H = [X]
    for W in weights[:-1]:
        H.append(np.maximum(H[-1] @ W, 0))
    return [*H, H[-1] @ weights[-1]]


# %% Backpropagation: the chain rule, layer by layer, from the last to the first.
def loss_and_gradients(weights, X, y):
    """Mean cross-entropy of N images, -1/N sum_n log p_n,y_n, and its derivative by each weight."""
    *H, Z = forward(weights, X)
    rows = np.arange(len(y))
    Z -= Z.max(axis=1, keepdims=True)  # changes no p, and no exp overflows
    log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))  # p = softmax(Z)
    dZ = np.exp(log_p)  # log p_y = Z_y - log sum_c exp Z_c, so dloss/dZ_j = (p_j - [j == y]) / N
    dZ[rows, y] -= 1
    dZ /= len(y)
    gradients = []
    for W, H_in in zip(reversed(weights), reversed(H), strict=True):
        gradients.insert(0, H_in.T @ dZ)  # Z_nj = sum_i H_ni W_ij, so dW_ij = sum_n H_ni dZ_nj
        dH = dZ @ W.T  # and dH_ni = sum_j dZ_nj W_ij
        dZ = dH * (H_in > 0)  # H = max(Z, 0) has slope 1 above 0, else 0
    return -log_p[rows, y].mean(), gradients


def train(weights, X, y, rng):
    """SGD: v <- momentum v - rate dW, then W <- W + v; the rate falls to 0, and weights decay."""
    velocity = [np.zeros_like(W) for W in weights]
    for epoch in range(EPOCHS):
        order = rng.permutation(len(y))
        for i in range(0, len(y), BATCH):
            batch, rate = order[i : i + BATCH], RATE * (1 - (epoch + i / len(y)) / EPOCHS)
            loss, gradients = loss_and_gradients(weights, X[batch], y[batch])
            for W, v, dW in zip(weights, velocity, gradients, strict=True):
                v *= MOMENTUM
                v -= rate * dW
                W *= 1 - rate * DECAY
                W += v
        print(f"epoch {epoch + 1} of {EPOCHS}, loss of the last batch {loss:.3f}", flush=True)


# %% Pruning: in every hidden layer the part k with the smallest scores is set to 0.
def prune(weights, k, kind):
    """A weight's score is |w|; a unit's is the length of its column, which is pruned as a whole."""
    pruned = [W.copy() for W in weights]
    for W in pruned[:-1]:
        scores = np.abs(W) if kind == "weights" else np.linalg.norm(W, axis=0)
        rank = scores.argsort(axis=None, kind="stable").argsort().reshape(scores.shape)
        W *= rank >= round(k * scores.size)  # ranks are 0, 1, ...; a unit's is for all its column
    return pruned


def remove_units(weights):
    """A column of zeros puts out 0: delete it, and the row of the next matrix that it meets."""
    live = [W.any(axis=0).nonzero()[0] for W in weights[:-1]]
    rows, columns = [np.arange(len(weights[0])), *live], [*live, np.arange(weights[-1].shape[1])]
    return [W[np.ix_(i, j)] for W, i, j in zip(weights, rows, columns, strict=True)]


# %% Time: a zero is multiplied like any other number, unless its format leaves it out.
def race(networks, X, rng, rounds=15):
    """Median seconds of each.  They take turns, so that a pause of the machine hits all."""
    seconds = {name: [] for name in networks}
    for _ in range(rounds):
        for name in rng.permutation(list(networks)):
            start = time.perf_counter()
            forward(networks[name], X)
            seconds[name].append(time.perf_counter() - start)
    return {name: np.median(times) for name, times in seconds.items()}


# %% The story.
if __name__ == "__main__":
    rng, data = np.random.default_rng(0), datasets.load(validation=0, announce=print)
    X, X_test = (s.images.reshape(len(s), -1) / np.float32(255) for s in (data.train, data.test))
    weights = initial_weights((X.shape[1], *HIDDEN, data.classes), rng)
    train(weights, X[:IMAGES], data.train.labels[:IMAGES], rng)
    networks = {"dense": weights}
    for kind in ("weights", "units"):
        pruned = prune(weights, K, kind)  # CSR stores the nonzeros alone; H @ W is (W.T @ H.T).T
        networks[f"{kind}, CSR"] = [sparse.csr_array(W.T).T for W in pruned]
    networks["units, removed"] = remove_units(pruned)
    seconds = race(networks, X_test[:BATCH], rng)
    print(f"\n{data.name}, k = {K:g}    test accuracy    time, dense = 1")
    for name, network in networks.items():
        accuracy = np.mean(forward(network, X_test)[-1].argmax(axis=1) == data.test.labels)
        print(f"{name:16} {accuracy:13.3f} {seconds[name] / seconds['dense']:18.2f}")
