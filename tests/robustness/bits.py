"""Which bits change with the number of threads of BLAS, and which do not: measured, by hand.

    python tests/robustness/bits.py

The same work is done in processes whose BLAS has 1, 1 again, and 2 threads or more.  Equal seeds
and threads must give equal bits; what another number of threads changes is printed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from npprune.data.datasets import Split
from npprune.inference import build
from npprune.network.mlp import evaluate, init_weights, inputs
from npprune.network.optimizers import SGD
from npprune.network.workspace import Workspace
from npprune.pruning.masks import prune
from npprune.pruning.repair import refit
from npprune.threads import VARIABLES

STEPS, N = 100, 128
SIZES = (784, 1000, 1000, 500, 200, 10)


def work(path):
    """Train on made-up images and evaluate; write what came of it."""
    rng = np.random.default_rng(0)
    patterns = rng.integers(0, 256, (10, 28, 28))
    labels = rng.integers(0, 10, 6000).astype(np.uint8)
    images = np.clip(patterns[labels] + rng.normal(0, 120, (6000, 28, 28)), 0, 255).astype(np.uint8)
    split = Split(images[5000:], labels[5000:])
    weights = init_weights(SIZES, rng)
    workspace, optimizer, found = Workspace(SIZES, N), SGD(weights), {}
    for step in range(1, STEPS + 1):
        chosen = rng.integers(0, 5000, N)
        workspace.load(images, chosen)
        workspace.step(weights, labels[chosen], optimizer.gradient_scale(0.01) / N)
        optimizer.step(weights, workspace.gradients, 0.01)
        if step in (1, STEPS):
            found[f"weights after {step} steps"] = np.concatenate([*map(np.ravel, weights)])
    X = inputs(split.images)
    found["loss and accuracy"] = np.array(evaluate(weights, split))
    pruned = prune(weights, 0.9, "weight")
    found["logits, dense"] = build(pruned, "dense", 1, len(X))(X)
    found["logits, CSR"] = build(pruned, "csr", 1, len(X))(X)
    untouched = prune(init_weights(SIZES, np.random.default_rng(5)), 0.9, "weight")
    found["CSR of weights no product touched"] = build(untouched, "csr", 1, len(X))(X)
    fitted = refit(weights, [W != 0 for W in pruned], X)
    found["refit, 1000 images"] = np.concatenate([*map(np.ravel, fitted)])
    np.savez(path, **found)


def measure(threads, path):
    """Do the work with a number of threads in a process of its own; -> what came of it."""
    environment = os.environ | dict.fromkeys(VARIABLES, str(threads))
    subprocess.run([sys.executable, __file__, path], env=environment, check=True)
    return dict(np.load(path))


def main():
    """Print, for each result, how many numbers differ and by how much at most."""
    with tempfile.TemporaryDirectory() as folder:
        one, again, more = (
            measure(threads, Path(folder) / f"{i}.npz")
            for i, threads in enumerate((1, 1, max(2, os.cpu_count() or 2)))
        )
    for name in one:
        assert one[name].tobytes() == again[name].tobytes(), f"{name}: differs with nothing changed"
        other = one[name] != more[name]
        scale = np.abs(one[name]).max()
        far = np.abs(one[name] - more[name]).max() / scale
        print(f"{name:35} {other.mean():8.1%} differ, by {far:.1e} of the largest")


if __name__ == "__main__":
    work(sys.argv[1]) if len(sys.argv) > 1 else main()
