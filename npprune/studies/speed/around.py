"""What surrounds the arithmetic: starting, reading the images, whole commands.

A person waits for these before and between the computations.  Each is timed as it is used: a
command in a fresh interpreter, a data set in a folder with no more than its four files.  Absolute
times hold for this machine alone; what can be compared is their size beside the training, which is
timed too, from the command to the test accuracy.

Read next: npprune/studies/speed/measure.py.
"""

import dataclasses
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


def time_commands(dataset, recipe, seed, repeats, epochs):
    """Time what surrounds the arithmetic: {"around": records}.

    recipe is the run's; its training is repeated for so many epochs, on the run's own split.
    """
    records = []

    def timed(task, function, repeats=repeats):
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - start)
        records.append(
            {"task": task, "seconds": min(seconds), "repeats": repeats, "test_accuracy": math.nan}
        )

    timed("python -c 'import npprune'", lambda: python("-c", "import npprune"))
    timed("npprune --help", lambda: python("-m", "npprune", "--help"))
    with tempfile.TemporaryDirectory() as folder:
        for ending, form in ((".gz", "gzipped"), ("", "unpacked")):
            place = Path(folder) / form
            place.mkdir()
            for name, array in arrays(dataset).items():
                write_idx(place / (name + ending), array)
            timed(
                f"load the data set, {form}",
                lambda place=place: datasets.load("auto", place, len(dataset.validation)),
            )
        out = Path(folder) / "run"
        settings = flags(dataset, recipe, seed, epochs)
        words = "--quiet", "--data-dir", str(place), "--out", str(out), *settings
        training = f"npprune train --epochs {epochs} --seed {seed}"
        timed(training, lambda: python("-m", "npprune", "train", *words), 1)
        (baseline,) = read_csv(out / "data" / "baseline.csv")
        records[-1]["test_accuracy"] = baseline["test_accuracy"]
        timed("npprune prune", lambda: python("-m", "npprune", "prune", *words), 1)
    return {"around": records}


def flags(dataset, recipe, seed, epochs):
    """The flags by which a command trains as the run did, but for the number of epochs."""
    settings = dataclasses.asdict(recipe) | {"epochs": epochs}
    settings |= {"hidden": ",".join(map(str, recipe.hidden)), "seed": seed}
    settings |= {"validation": len(dataset.validation)}
    nesterov = ["--nesterov"] if settings.pop("nesterov") else []
    pairs = [(f"--{name.replace('_', '-')}", str(value)) for name, value in settings.items()]
    return [word for pair in pairs for word in pair] + nesterov


def python(*arguments):
    """Run a fresh interpreter; raises subprocess.CalledProcessError if it fails."""
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


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
