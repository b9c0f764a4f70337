"""A run: one folder, one configuration, and what is there already.

    config.json        what was asked for: data set, protocol, recipe, seeds
    environment.json   what it ran on
    checkpoints/       the networks, one file a seed
    data/*.csv         every measurement
    figures/*.png      drawn from data/ alone
    report.md, .html   the story

A folder belongs to one configuration.  Asked for the same again, a run goes on where it stopped;
asked for another, it says what differs and touches nothing.  Only seeds may be added.

Read next: npprune/studies/pipeline.py.
"""

import dataclasses
from pathlib import Path

from npprune.data.datasets import Split
from npprune.errors import InputError
from npprune.network.training import SOURCE_RECIPE, Recipe
from npprune.studies.records import environment, read_csv, read_json, select, write_csv, write_json

# The quick form: enough images for every part of the study to do its work, not to learn well.
QUICK_TRAIN, QUICK_EVALUATE, QUICK_EPOCHS = 12_800, 1_000, 2


@dataclasses.dataclass(frozen=True)
class Config:
    """What a run was asked to do.

    validation is the number of training images kept to choose by, 0 under the source's protocol.
    protocol is "validation" (the last training images choose, the test set reports) or "source"
    (all training images are trained on and the test set also chooses, as in the source report).
    """

    dataset: str
    validation: int = 5000
    protocol: str = "validation"
    quick: bool = False
    seeds: tuple = (0,)
    recipe: Recipe = dataclasses.field(default_factory=Recipe)

    def as_json(self):
        """Return the configuration as values that JSON can hold and give back unchanged."""
        record = dataclasses.asdict(self)
        record["seeds"] = list(self.seeds)
        record["recipe"]["hidden"] = list(self.recipe.hidden)
        return record

    @classmethod
    def from_json(cls, record):
        """Make a Config of what as_json returned; raises InputError for anything else."""
        try:
            recipe = record["recipe"] | {"hidden": tuple(record["recipe"]["hidden"])}
            fields = record | {"seeds": tuple(record["seeds"]), "recipe": Recipe(**recipe)}
            return cls(**fields)
        except (KeyError, TypeError) as error:
            raise InputError(f"config.json: not the configuration of a run ({error})") from error


def protocol_recipe(protocol, quick):
    """Return the recipe that a protocol starts from, before any flag changes it."""
    recipe = SOURCE_RECIPE if protocol == "source" else Recipe()
    return dataclasses.replace(recipe, epochs=QUICK_EPOCHS) if quick else recipe


def apply_protocol(dataset, config):
    """Return the data set as the protocol splits it, cut down for the quick form."""
    if config.protocol == "source":
        dataset = dataclasses.replace(dataset, validation=dataset.test)
    if config.quick:
        cuts = {"train": QUICK_TRAIN, "validation": QUICK_EVALUATE, "test": QUICK_EVALUATE}
        dataset = dataclasses.replace(
            dataset, **{name: _first(getattr(dataset, name), n) for name, n in cuts.items()}
        )
    return dataset


def _first(split, n):
    """The first n images of a split, as a view."""
    return Split(split.images[:n], split.labels[:n])


class Run:
    """A run's folder and configuration."""

    def __init__(self, folder, config):
        """Take over the folder if nothing was finished in it or it has this configuration."""
        self.folder, self.config = Path(folder), config
        path = self.folder / "config.json"
        begun = any((self.folder / part).exists() for part in ("checkpoints", "data"))
        if path.exists():
            before = Config.from_json(read_json(path))
            if begun:  # a run that was refused before it did anything owns nothing
                self._check(before)
        write_json(path, config.as_json())
        if not (begun and (self.folder / "environment.json").exists()):
            write_json(self.folder / "environment.json", environment())

    @classmethod
    def open(cls, folder):
        """Open the folder of an earlier run as it is, to draw or to report."""
        run = cls.__new__(cls)
        run.folder = Path(folder)
        run.config = Config.from_json(read_json(run.folder / "config.json"))
        return run

    def _check(self, before):
        """Refuse a folder whose configuration differs in anything but seeds that were added."""
        before, asked = before.as_json(), self.config.as_json()
        for record in (before, asked):
            record.update(record.pop("recipe"))
        if set(before["seeds"]) <= set(asked["seeds"]):
            asked["seeds"] = before["seeds"]
        differences = [
            f"{name} was {before.get(name)}, now {value}"
            for name, value in asked.items()
            if before.get(name) != value
        ]
        if differences:
            raise InputError(
                f"{self.folder}: holds another run ({'; '.join(differences)}): "
                f"choose another folder with --out, or delete this one"
            )

    def checkpoint(self, seed):
        """Path of a seed's network."""
        return self.folder / "checkpoints" / f"seed-{seed}.npz"

    def figure(self, name):
        """Path of a figure."""
        return self.folder / "figures" / f"{name}.png"

    def data(self, name):
        """Path of a study's records."""
        return self.folder / "data" / f"{name}.csv"

    def read(self, name):
        """Return the records of a study; none if it has not been run."""
        return read_csv(self.data(name)) if self.data(name).exists() else []

    def has(self, name, seed):
        """Say whether a study has its records for a seed."""
        return bool(select(self.read(name), seed=seed))

    def add(self, name, seed, records):
        """Put a seed's records into a study's file, in place of those it may hold, by seed."""
        others = [row for row in self.read(name) if row["seed"] != seed]
        write_csv(self.data(name), sorted(others + records, key=lambda row: row["seed"]))
