"""What surrounds the arithmetic: starting, reading the images, sweeping.

A person waits for these before and between the computations.  Each is timed as it is used: a
command in a fresh interpreter, a data set in a folder with no more than its four files, the sweep
over one seed's network.  Absolute times, so they hold for this machine alone; what can be
compared is their size beside the training, which is timed too: from the command to the test
accuracy, in five epochs, chosen on the validation images as the fewest that come near the eight
of the default recipe.

Read next: npprune/studies/speed/report.py.
"""

import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from npprune.data import datasets
from npprune.data.idx import write_idx
from npprune.lab.records import read_csv
from npprune.studies import sparsity

REPEATS = 3
EPOCHS = 5


def run(dataset, weights, seed, progress):
    """Time what surrounds the arithmetic.

    Shapes: weights L arrays, of a network trained with that seed -> records of data/around.csv
    """
    records = []

    def timed(task, function, repeats=REPEATS):
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - start)
        records.append(
            {"task": task, "seconds": min(seconds), "repeats": repeats, "test_accuracy": math.nan}
        )
        progress(len(records), task)

    timed("python -c 'import npprune'", lambda: python("-c", "import npprune"))
    timed("npprune --help", lambda: python("-m", "npprune", "--help"))
    with tempfile.TemporaryDirectory() as folder:
        for ending, form in ((".gz", "gzipped"), ("", "unpacked")):
            place = Path(folder) / form
            place.mkdir()
            for name, array in arrays(dataset).items():
                write_idx(place / (name + ending), array)
            timed(f"load the data set, {form}", lambda place=place: datasets.load("auto", place))
        out = Path(folder) / "run"
        training = ("train", "--epochs", str(EPOCHS), "--seed", str(seed))
        timed(" ".join(("npprune", *training)), lambda: train(training, place, out), 1)
        (baseline,) = read_csv(out / "data" / "baseline.csv")
        records[-1]["test_accuracy"] = baseline["test_accuracy"]
    evaluated = (dataset.validation, dataset.test)
    sweep = f"prune and evaluate {sparsity.count()} networks"
    timed(sweep, lambda: sparsity.run(seed, weights, *evaluated, lambda done, note: None), 1)
    return records


def count():
    """Number of tasks that run() times."""
    return 6


def python(*arguments):
    """Run a fresh interpreter; raises subprocess.CalledProcessError if it fails."""
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def train(arguments, data, out):
    """Train in a fresh interpreter, on the data set in one folder, into another."""
    python("-m", "npprune", *arguments, "--quiet", "--data-dir", str(data), "--out", str(out))


def arrays(dataset):
    """What the four files of a data set hold: {file name: array}."""
    train = [dataset.train]
    # By the source's protocol the test images stand in the validation set's place.
    if not np.may_share_memory(dataset.validation.images, dataset.test.images):
        train.append(dataset.validation)
    return {
        datasets.TRAIN_IMAGES: np.concatenate([split.images for split in train]),
        datasets.TRAIN_LABELS: np.concatenate([split.labels for split in train]),
        datasets.TEST_IMAGES: dataset.test.images,
        datasets.TEST_LABELS: dataset.test.labels,
    }
