"""A run: one folder, one configuration, and what is there already.

    config.json        what was asked for: data set, protocol, recipe, seeds
    environment.json   what it ran on; of a merged run, a list of machines
    checkpoints/       the networks, one file a seed
    data/*.csv         every measurement
    figures/*.png      drawn from data/ alone
    report.md, .html   the story
    .lock              who is at work here, while somebody is

A folder belongs to one configuration.  Asked for the same again, a run goes on where it stopped;
asked for another, it says what differs and touches nothing.  Only seeds may be added.  The same
goes for another data set of the same name, which its checksum tells.

A folder belongs to one process at a time.  Whoever only draws or reports takes no lock: finished
records are always whole, and figures and pages are written whole as well.

Read next: npprune/studies/pipeline.py.
"""

import dataclasses
from pathlib import Path

from npprune.data.datasets import Split
from npprune.errors import InputError
from npprune.files import remove_partials
from npprune.network.training import SOURCE_RECIPE, Recipe
from npprune.progress import VERBOSE, say
from npprune.studies.lock import hold
from npprune.studies.records import environment, read_csv, read_json, select, write_csv, write_json

# The quick form: enough images for every part of the study to do its work, not to learn well.
QUICK_TRAIN, QUICK_EVALUATE, QUICK_EPOCHS = 12_800, 1_000, 2

PROTOCOLS = ("validation", "source")
MOST_NAME = 200  # characters of a name, and of what is shown of a wrong value


@dataclasses.dataclass(frozen=True)
class Config:
    """What a run was asked to do.

    validation is the number of training images kept to choose by, 0 under the source's protocol.
    protocol is "validation" (the last training images choose, the test set reports) or "source"
    (all training images are trained on and the test set also chooses, as in the source report).
    checksum is that of the data set's files; empty, it is not known.
    """

    dataset: str
    validation: int = 5000
    protocol: str = "validation"
    quick: bool = False
    seeds: tuple = (0,)
    recipe: Recipe = dataclasses.field(default_factory=Recipe)
    checksum: str = ""

    def as_json(self):
        """Return the configuration as values that JSON can hold and give back unchanged."""
        record = dataclasses.asdict(self)
        record["seeds"] = list(self.seeds)
        record["recipe"]["hidden"] = list(self.recipe.hidden)
        return record

    @classmethod
    def from_json(cls, record):
        """Make a Config of what as_json returned; raises InputError, with the key, for any other.

        A key that is missing has its default: it was made before there was a choice.
        """
        _check_types("", record, cls(dataset="").as_json())
        for name in ("dataset", "seeds", "recipe"):
            if name not in record:
                raise InputError(f"{name} is missing")
        if "hidden" not in record["recipe"]:
            raise InputError("recipe.hidden is missing")
        recipe = record["recipe"] | {"hidden": tuple(record["recipe"]["hidden"])}
        config = cls(**record | {"seeds": tuple(record["seeds"]), "recipe": Recipe(**recipe)})
        seeds = config.seeds
        checks = {
            "dataset": config.dataset.isprintable() and len(config.dataset) <= MOST_NAME,
            "validation": config.validation >= 0,
            "protocol": config.protocol in PROTOCOLS,
            "seeds": len(seeds) == len(set(seeds)) > 0 and min(seeds) >= 0,
        }
        for name, fine in checks.items():
            if not fine:
                raise InputError(f"{name} cannot be {str(record[name])[:MOST_NAME]}")
        return config


def _check_types(where, record, example):
    """Raise InputError unless a record has the example's keys, or fewer, with values like its."""
    if not isinstance(record, dict):
        raise InputError(f"{where or 'it'} is not a group of keys and values".strip())
    for name, value in record.items():
        if name not in example:
            raise InputError(f"{where}{name[:MOST_NAME]!r} is no key of a configuration")
        kind = type(example[name])
        if kind is dict:
            _check_types(f"{name}.", value, example[name])
            continue
        fine = type(value) is kind or (kind is float and type(value) is int)
        if kind is list:
            fine = fine and all(type(item) is int for item in value)
        if not fine:
            words = "a list of whole numbers" if kind is list else f"of type {kind.__name__}"
            raise InputError(f"{where}{name} is {str(value)[:MOST_NAME]}: it must be {words}")


def read_config(path):
    """Read a config.json; raises InputError, which names the file and the key."""
    record = read_json(path)
    try:
        return Config.from_json(record)
    except InputError as error:
        raise InputError(f"{path}: not the configuration of a run: {error}") from error


def differences(one, other):
    """List in what two configurations differ: (name, value of one, value of the other).

    A checksum that is unknown differs from none.
    """
    one, other = one.as_json(), other.as_json()
    for record in (one, other):
        record.update(record.pop("recipe"))
    if not (one["checksum"] and other["checksum"]):
        other["checksum"] = one["checksum"]
    return [(name, one[name], value) for name, value in other.items() if one[name] != value]


def protocol_recipe(protocol, quick):
    """Return the recipe that a protocol starts from, before any flag changes it."""
    recipe = SOURCE_RECIPE if protocol == "source" else Recipe()
    return dataclasses.replace(recipe, epochs=QUICK_EPOCHS) if quick else recipe


def _is_machine(record):
    """Say whether a record has the form that environment() gives it, as far as it is read."""
    parts = ("thread settings", "measured")
    return isinstance(record, dict) and all(isinstance(record.get(p, {}), dict) for p in parts)


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
        """Take over the folder if nothing was finished in it or it has this configuration.

        Raises InputError when it has another one, or another process is at work there.
        """
        self.folder, self.config, self._parts = Path(folder), config, set()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{folder}: cannot be written ({error.strerror}): choose another folder"
            ) from error
        self._lock = hold(folder)
        try:
            self._take_over()
        except BaseException:
            del self._lock  # an error may outlive this call, and this object with it
            raise

    def _take_over(self):
        """Check and record the configuration, and sweep up after a process that was killed."""
        path = self.folder / "config.json"
        begun = any((self.folder / part).exists() for part in ("checkpoints", "data"))
        if path.exists():
            before = read_config(path)
            if begun:  # a run that was refused before it did anything owns nothing
                self._check(before)
        for part in ("", "checkpoints", "data", "figures", "networks"):
            remove_partials(self.folder / part)
        write_json(path, self.config.as_json())
        if not (begun and (self.folder / "environment.json").exists()):
            write_json(self.folder / "environment.json", environment())
        say(f"{self.folder}: {'going on' if begun else 'begun'}", VERBOSE)

    @classmethod
    def open(cls, folder):
        """Open the folder of an earlier run as it is, to draw or to report."""
        run = cls.__new__(cls)
        run.folder, run._parts = Path(folder), set()
        run.config = read_config(run.folder / "config.json")
        return run

    def _check(self, before):
        """Refuse a folder whose configuration differs in anything but seeds that were added."""
        asked = self.config
        if set(before.seeds) <= set(asked.seeds):
            asked = dataclasses.replace(asked, seeds=before.seeds)
        found = [f"{name} was {old}, now {new}" for name, old, new in differences(before, asked)]
        if found:
            raise InputError(
                f"{self.folder}: holds another run ({'; '.join(found)}): "
                f"choose another folder with --out, or delete this one"
            )

    def machines(self):
        """Return the environment records of the machines that the run was made on, one or more.

        Those of a merged run say under "measured" what was: {table: seeds}.
        """
        path = self.folder / "environment.json"
        record = read_json(path)
        machines = record.get("machines", [record]) if isinstance(record, dict) else []
        if not machines or not all(map(_is_machine, machines)):
            raise InputError(f"{path}: does not say what a run was made on: delete it")
        return machines

    def checkpoint(self, seed):
        """Path of a seed's network."""
        return self._path("checkpoints", f"seed-{seed}.npz")

    def figure(self, name):
        """Path of a figure."""
        return self._path("figures", f"{name}.png")

    def data(self, name):
        """Path of a study's records."""
        return self._path("data", f"{name}.csv")

    def _path(self, part, name):
        """Path of a file, unless its folder has been moved or deleted: it is not made anew."""
        advice = "put it back and start the same command again"
        if not (self.folder / "config.json").exists():
            raise InputError(
                f"{self.folder}: has vanished, or its config.json has, while the run was at work: "
                f"{advice}"
            )
        if (self.folder / part).exists():
            self._parts.add(part)
        elif part in self._parts:
            raise InputError(
                f"{self.folder / part}: has vanished while the run was at work: {advice}"
            )
        return self.folder / part / name

    def read(self, name):
        """Return the records of a study; none if it has not been run."""
        return read_csv(self.data(name)) if self.data(name).exists() else []

    def has(self, name, seed):
        """Say whether a study has its records for a seed."""
        found = select(self.read(name), seed=seed)
        if found:
            say(f"{self.data(name)}: holds {len(found)} records of seed {seed}", VERBOSE)
        return bool(found)

    def add(self, name, seed, records):
        """Put a seed's records into a study's file, in place of those it may hold, by seed."""
        others = [row for row in self.read(name) if row["seed"] != seed]
        write_csv(self.data(name), sorted(others + records, key=lambda row: row["seed"]))
