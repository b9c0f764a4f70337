"""What a run was asked to do: data set, protocol, recipe, seeds; kept as config.json.

The protocol says which images choose the epoch.  "validation": training images that are kept
back; the test set only reports.  "source", as in the source report: the test set, after training
on all training images, so results are optimistic.

The file may come from a stranger: types and bounds are checked.

Read next: npprune/lab/lock.py.
"""

import dataclasses
import json

from npprune.data.split import first
from npprune.errors import InputError
from npprune.lab.records import read_json
from npprune.network.training import SOURCE_RECIPE, Recipe

# The quick form: enough images for every part of the study to do its work, not to learn well.
QUICK_TRAIN, QUICK_EVALUATE, QUICK_EPOCHS = 12_800, 1_000, 2

PROTOCOLS = ("validation", "source")
MOST_NAME = 200  # characters of a name, and of what is shown of a wrong value


@dataclasses.dataclass(frozen=True)
class Config:
    """A run's settings.

    validation: how many of the last training images choose; None: a share of each class
    (npprune/data/split.py).  checksum: of the data files, "" if unknown.  notes: what is odd about
    the data.
    """

    dataset: str
    validation: int | None = 5000
    protocol: str = "validation"
    quick: bool = False
    seeds: tuple = (0,)
    recipe: Recipe = dataclasses.field(default_factory=Recipe)
    checksum: str = ""
    notes: tuple = ()

    def as_json(self):
        return json.loads(json.dumps(dataclasses.asdict(self)))  # tuples become lists

    @classmethod
    def from_json(cls, record):
        """Make a Config of what as_json returned; raises InputError, with the key, for any other.

        Keys that are missing have their defaults.
        """
        _check_types("", record, cls(dataset="").as_json())
        for name in ("dataset", "seeds", "recipe"):
            if name not in record:
                raise InputError(f"{name} is missing")
        if "hidden" not in record["recipe"]:
            raise InputError("recipe.hidden is missing")
        recipe = record["recipe"] | {"hidden": tuple(record["recipe"]["hidden"])}
        lists = {name: tuple(record.get(name, ())) for name in ("seeds", "notes")}
        config = cls(**record | lists | {"recipe": Recipe(**recipe)})
        seeds = config.seeds
        checks = {
            "dataset": config.dataset.isprintable() and len(config.dataset) <= MOST_NAME,
            "validation": config.validation is None or config.validation >= 0,
            "protocol": config.protocol in PROTOCOLS,
            "seeds": len(seeds) == len(set(seeds)) > 0 and min(seeds) >= 0,
            "notes": all(note.isprintable() and len(note) <= MOST_NAME for note in config.notes),
        }
        for name, fine in checks.items():
            if not fine:
                raise InputError(f"{name} cannot be {str(record[name])[:MOST_NAME]}")
        return config


def _check_types(where, record, example):
    if not isinstance(record, dict):
        raise InputError(f"{where.rstrip('.') or 'it'} is not a group of keys and values")
    for name, value in record.items():
        if name not in example:
            raise InputError(f"{where}{name[:MOST_NAME]!r} is no key of a configuration")
        kind = type(example[name])
        if name == "validation" and value is None:
            continue
        if kind is dict:
            _check_types(f"{name}.", value, example[name])
            continue
        fine = type(value) is kind or (kind is float and type(value) is int)
        words = f"of type {kind.__name__}"
        if kind is list:
            item = str if name == "notes" else int
            fine = fine and all(type(one) is item for one in value)
            words = f"a list, each of type {item.__name__}"
        if not fine:
            raise InputError(f"{where}{name} is {str(value)[:MOST_NAME]}: it must be {words}")


def read_config(path):
    """Read a config.json; raises InputError, which names the file and the key."""
    record = read_json(path)
    try:
        return Config.from_json(record)
    except InputError as error:
        raise InputError(f"{path}: not the configuration of a run: {error}") from error


def differences(one, other):
    """List where two configurations differ: (name, one's value, the other's value).

    An unknown checksum equals any other; notes are not compared.
    """
    one, other = one.as_json(), other.as_json()
    for record in (one, other):
        record.update(record.pop("recipe"))
        del record["notes"]
    if not (one["checksum"] and other["checksum"]):
        other["checksum"] = one["checksum"]
    return [(name, one[name], value) for name, value in other.items() if one[name] != value]


def protocol_recipe(protocol, quick):
    recipe = SOURCE_RECIPE if protocol == "source" else Recipe()
    return dataclasses.replace(recipe, epochs=QUICK_EPOCHS) if quick else recipe


def apply_protocol(dataset, config):
    """Split the data set by the protocol; cut it down for a quick run."""
    if config.protocol == "source":
        dataset = dataclasses.replace(dataset, validation=dataset.test)
    if config.quick:
        cuts = {"train": QUICK_TRAIN, "validation": QUICK_EVALUATE, "test": QUICK_EVALUATE}
        dataset = dataclasses.replace(
            dataset, **{name: first(getattr(dataset, name), n) for name, n in cuts.items()}
        )
    return dataset
