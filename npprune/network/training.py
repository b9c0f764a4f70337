"""The training loop: shuffle, step, validate, keep the best, save, go on.

A checkpoint after each epoch holds all that a run needs, and the shuffling of epoch e depends only
on the seed and e.  So a resumed run ends with the same bits.

The validation split chooses which epoch's weights are kept.

Too high a rate makes the loss infinite, which ends training, or kills a layer (dead_layer in
mlp.py): the loss is then log(number of classes).

Read next: npprune/pruning/masks.py.
"""

import contextlib
import dataclasses
import math
import time
from pathlib import Path

import numpy as np

from npprune.errors import InputError
from npprune.network.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from npprune.network.mlp import HIDDEN, INITIALIZATIONS, dead_layer, evaluate, init_weights
from npprune.network.needs import check_memory, count_batches, warn_if_busy
from npprune.network.optimizers import SCHEDULES, SGD, Adam
from npprune.network.workspace import Workspace
from npprune.progress import Progress
from npprune.streams import stream

MOST = 2**31 - 1  # the largest count that is accepted: a larger one is a typing error
MOST_SHOWN = 100  # characters of a wrong value
NEAR = 1e-3  # of a loss: near enough to that of a guess to look closer


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a network is trained.  The defaults were chosen on MNIST's validation images.

    Raises InputError for a value that no training can use.
    """

    hidden: tuple = HIDDEN
    initialization: str = "he"
    optimizer: str = "sgd"
    learning_rate: float = 0.2
    schedule: str = "cosine"
    epochs: int = 8
    batch: int = 128  # the last partial batch of an epoch is dropped
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 5e-3

    def __post_init__(self):
        count, positive = f"a whole number from 1 to {MOST:,}", "a number above 0"
        checks = {
            "hidden": (
                bool(self.hidden) and all(map(_is_count, self.hidden)),
                f"for each layer {count}",
            ),
            "initialization": (
                self.initialization in INITIALIZATIONS,
                " or ".join(INITIALIZATIONS),
            ),
            "optimizer": (self.optimizer in ("sgd", "adam"), "sgd or adam"),
            "learning_rate": (0 < self.learning_rate < math.inf, positive),
            "schedule": (self.schedule in SCHEDULES, ", ".join(SCHEDULES)),
            "epochs": (_is_count(self.epochs), count),
            "batch": (_is_count(self.batch), count),
            "momentum": (0 <= self.momentum < 1, "a number from 0 to below 1"),
            "weight_decay": (0 <= self.weight_decay < math.inf, "0 or a number above"),
        }
        for name, (fine, advice) in checks.items():
            if not fine:
                flag = "--" + name.replace("_", "-")
                value = str(getattr(self, name))[:MOST_SHOWN]
                raise InputError(f"{flag} {value}: give {advice}")

    def fitting(self, images):
        """The same recipe with a batch of at most so many images."""
        return dataclasses.replace(self, batch=min(self.batch, images))

    @property
    def penalty(self):
        """The lambda for which training ends where loss + sum lambda w^2 / 2 has no slope.

        SGD's velocity and weights rest when, with g the gradient of the loss,
            v = momentum v - rate g          so  v = -rate g / (1 - momentum)
            w = (1 - rate decay) w + v       so  v = rate decay w
            hence  g = -lambda w  with  lambda = decay (1 - momentum)
        Nesterov's step rests at the same point.  Adam divides each gradient by its own size, so no
        one lambda exists: 0.
        """
        return self.weight_decay * (1 - self.momentum) if self.optimizer == "sgd" else 0.0


def _is_count(n):
    return 1 <= n <= MOST and int(n) == n


# What the source report's code does (its text says less): Adam, PyTorch's default initialization.
SOURCE_RECIPE = Recipe(
    initialization="source",
    optimizer="adam",
    learning_rate=3e-4,
    schedule="constant",
    epochs=25,
    weight_decay=0.0,
)


@dataclasses.dataclass
class Tally:
    """Sums over an epoch's batches so far."""

    begun: float = dataclasses.field(default_factory=time.perf_counter)
    batches: int = 0
    loss: float = 0.0
    last_loss: float = math.nan
    hits: int = 0

    def add(self, loss, hits):
        self.batches, self.last_loss = self.batches + 1, loss
        self.loss, self.hits = self.loss + loss, self.hits + hits


class Training:
    """One network in training.

    `weights` are the current ones, `best` those of the epoch with the lowest validation loss;
    `history` has a record per epoch, as in data/training.csv.
    """

    def __init__(self, sizes, recipe, seed, weights=None):
        """weights: start from copies of these; None: drawn from the seed."""
        check_memory(sizes, recipe.optimizer, recipe.batch)
        self.recipe, self.seed, self.label = recipe, seed, f"training, seed {seed}"
        self.dead = False
        if weights is None:
            self.weights = init_weights(sizes, stream(seed, "weights"), recipe.initialization)
        else:
            self.weights = [W.copy() for W in weights]
        if recipe.optimizer == "adam":
            self.optimizer = Adam(self.weights, recipe.weight_decay)
        else:
            self.optimizer = SGD(
                self.weights, recipe.momentum, recipe.nesterov, recipe.weight_decay
            )
        self.workspace = Workspace(sizes, recipe.batch)
        self.best = [W.copy() for W in self.weights]
        self.history = []
        self.settled = 0  # how many epochs go by before one may be the best
        self.tally = Tally()

    def run(self, train, validation, checkpoint=None, on_epoch=None, until=None):
        """Train to the end of the recipe, or of the epoch `until`; -> best weights.

        Shapes: train and validation are splits with uint8 images and labels
        Raises InputError when the loss is not finite, or there are too few images.
        """
        with self.watch(train, validation) as progress:
            while len(self.history) < (self.recipe.epochs if until is None else until):
                for indices, rate in self.batches(train, progress):
                    self.step(train, indices, rate)
                self.validate(validation, progress)
                if checkpoint is not None:
                    self.save(checkpoint)
                if on_epoch is not None:
                    on_epoch(self.history)
        return self.best

    @contextlib.contextmanager
    def watch(self, train, validation):
        """Check the splits; show progress in a `with` block."""
        batches = count_batches(self.recipe, train, validation)
        # A loss that is not finite is looked for below; NumPy's warnings would only come before.
        with (
            np.errstate(over="ignore", invalid="ignore"),
            Progress(self.label, self.recipe.epochs * batches) as progress,
        ):
            yield progress

    def batches(self, train, progress):
        """Begin an epoch; yield each step's image indices and learning rate."""
        self.tally = Tally()
        epoch = len(self.history) + 1
        N, batches = self.recipe.batch, len(train.labels) // self.recipe.batch
        order = stream(self.seed, "shuffle", epoch).permutation(len(train.labels))
        for i in range(batches):
            done = (epoch - 1) * batches + i
            rate = self.recipe.learning_rate * SCHEDULES[self.recipe.schedule](
                done / (self.recipe.epochs * batches)
            )
            yield order[i * N : (i + 1) * N], rate
            speed = (i + 1) * N / (time.perf_counter() - self.tally.begun)
            note = f"epoch {epoch}  loss {self.tally.last_loss:.4f}  {speed:,.0f} images/s"
            progress(done + 1, note)

    def step(self, train, indices, rate):
        self._load(train, indices)
        self.backpropagate(train.labels[indices], rate, self._blend(indices))
        self.optimizer.step(self.weights, self.workspace.gradients, rate)

    def backpropagate(self, labels, rate, blend=None):
        """Fill workspace.gradients for the loaded images; count loss and hits.

        Raises InputError when the loss is not finite: one step more would make every layer NaN.
        """
        scale = self.optimizer.gradient_scale(rate) / self.recipe.batch
        loss, hits = self.workspace.step(self.weights, labels, scale, blend)
        if not math.isfinite(loss):
            self._diverged(f"epoch {len(self.history) + 1}, batch {self.tally.batches + 1}")
        self.tally.add(loss, hits)

    def validate(self, validation, progress):
        """End an epoch: evaluate, record, keep the weights if best."""
        validation_loss, validation_accuracy = evaluate(self.weights, validation)
        if not math.isfinite(validation_loss):  # the last step of the epoch may be the fatal one
            self._diverged(f"epoch {len(self.history) + 1}, validation")
        images = self.tally.batches * self.recipe.batch
        row = {
            "seed": self.seed,
            "epoch": len(self.history) + 1,
            "train_loss": self.tally.loss / self.tally.batches,  # of each batch before its own step
            "train_accuracy": self.tally.hits / images,
            "validation_loss": validation_loss,
            "validation_accuracy": validation_accuracy,
            "seconds": time.perf_counter() - self.tally.begun,
        }
        rivals = self.history[self.settled :]
        best_yet = all(self._rank(row) < self._rank(other) for other in rivals)
        if best_yet and len(self.history) >= self.settled:
            for best, W in zip(self.best, self.weights, strict=True):
                np.copyto(best, W)
        self.history.append(row)
        self._tell(progress, images, validation)

    def _tell(self, progress, images, validation):
        row = self.history[-1]
        parts = (
            f"{name} loss {row[f'{split}_loss']:.3f} acc {100 * row[f'{split}_accuracy']:.1f} %"
            for name, split in (("train", "train"), ("val", "validation"))
        )
        epoch = f"epoch {row['epoch']}/{self.recipe.epochs}"
        progress.say("   ".join([epoch, *parts, f"{images / row['seconds']:,.0f} images/s"]))
        guess = math.log(self.weights[-1].shape[1])  # the loss when all logits are 0
        if self.dead or abs(row["validation_loss"] - guess) > NEAR:
            return
        if layer := dead_layer(self.weights, validation.images):
            self.dead = True
            progress.say(
                f"the network is dead: layer {layer} puts out 0 for every image, and no gradient "
                f"can wake it; lower --learning-rate ({self.recipe.learning_rate:g}) or widen "
                "--hidden"
            )

    def _rank(self, row):
        return row["validation_loss"]

    def _load(self, train, indices):
        self.workspace.load(train.images, indices)

    def _blend(self, indices):
        """Second loss for Workspace.step: none here."""

    def _diverged(self, when):
        broken = [l for l, W in enumerate(self.weights, 1) if not np.isfinite(W).all()]
        where = f"first in the weights of layer {broken[0]}" if broken else "in the logits"
        raise InputError(
            f"training diverged in {when}: the loss is not finite, {where}; "
            f"lower --learning-rate (it is {self.recipe.learning_rate:g})"
        )

    def _groups(self):
        return {"weights": self.best, "current": self.weights, **self.optimizer.state()}

    def _record(self):
        return {
            "seed": self.seed,
            "recipe": dataclasses.asdict(self.recipe),
            "steps": self.optimizer.steps,
            "history": self.history,
        }

    def save(self, path):
        save_checkpoint(path, self._groups(), self._record())

    def resume(self, path):
        """Go on from a checkpoint.  Raises CheckpointError when it is damaged or of another run."""
        groups, record = load_checkpoint(path)
        self._check(path, groups, record)
        for name, arrays in self._groups().items():
            for mine, saved in zip(arrays, groups[name], strict=True):
                np.copyto(mine, saved)
        self.optimizer.steps, self.history = record["steps"], list(record["history"])

    def _check(self, path, groups, record):
        for name, arrays in self._groups().items():
            theirs = [array.shape for array in groups.get(name, [])]
            if theirs != [array.shape for array in arrays]:
                raise CheckpointError(
                    f"{path}: its {name} have the shapes {theirs}, this network has "
                    f"{[array.shape for array in arrays]}: use another --out"
                )
        recipe = dataclasses.asdict(self.recipe) | {"hidden": list(self.recipe.hidden)}
        try:
            made = record["recipe"] | {"seed": record["seed"]}
            finite = all(math.isfinite(row["validation_loss"]) for row in record["history"])
            finite = finite and record["steps"] >= 0
        except (LookupError, TypeError) as error:
            raise CheckpointError(f"{path}: not the record of a training: move it away") from error
        if not finite:
            raise CheckpointError(f"{path}: a loss in its record is not finite: move it away")
        for name, value in ({"seed": self.seed} | recipe).items():
            theirs = made.get(name)
            if theirs != value:
                raise CheckpointError(
                    f"{path}: made with {name} {theirs}, not {value}: use another --out"
                )


def begin(sizes, recipe, seed, splits, checkpoint=None):
    """A Training, from its checkpoint if there is one.  Shapes: splits (train, validation)

    Raises InputError for what cannot be trained, before memory is taken.
    """
    warn_if_busy()
    count_batches(recipe, *splits)
    training = Training(sizes, recipe, seed)
    if checkpoint is not None and Path(checkpoint).exists():
        training.resume(checkpoint)
    return training


def train(sizes, recipe, seed, splits, checkpoint=None, on_epoch=None):
    """Begin a training and run it.

    Shapes: splits (train, validation) -> best weights, history (records)
    """
    training = begin(sizes, recipe, seed, splits, checkpoint)
    training.run(*splits, checkpoint, on_epoch)
    return training.best, training.history
