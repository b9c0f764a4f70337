"""From flags to a run: which data, which settings, which folder.

A folder keeps its run's settings.

Read next: npprune/lab/trained.py.
"""

import dataclasses
import os
from pathlib import Path

from npprune.data import datasets
from npprune.errors import InputError
from npprune.flags import DATASETS
from npprune.lab.config import Config, apply_protocol, protocol_recipe, read_config
from npprune.lab.run import Run, is_begun
from npprune.network.training import Recipe
from npprune.progress import say

NEW = Config(dataset="auto", validation=None)  # what holds where no run is begun


def open_run(options):
    """Load the data set and take over the run's folder; -> run, data set.

    options: of flags.add_run_flags.
    """
    for flag, given, least in (("--seed", options.seed, 0), ("--seeds", options.seeds, 1)):
        if given is not None and given < least:
            raise InputError(f"{flag} {given}: give {least} or more")
    before = _settings(Path(options.out))
    asked = _asked(options, before)
    name = options.dataset or before.dataset
    own = name not in DATASETS and not options.data_dir
    if own and not os.environ.get("NPPRUNE_DATA"):
        raise InputError(_whose(options.out, before))
    name = name if name in DATASETS else "auto"
    dataset = datasets.load(name, options.data_dir, asked.validation, announce=say)
    if own and dataset.name != before.dataset:
        raise InputError(_whose(options.out, before))
    known = {"dataset": dataset.name, "checksum": dataset.checksum, "notes": dataset.notes}
    if asked.validation is None:  # of MNIST the last 5,000, as if they had been asked for
        known["validation"] = dataset.last
    if options.batch is None and before is NEW:  # a default that fits however few images
        known["recipe"] = asked.recipe.fitting(len(dataset.train))
    config = dataclasses.replace(asked, **known)
    run = Run(options.out, config)
    say(f"data: {dataset.name}, {dataset.source}")
    say(f"run:  {run.folder}")
    return run, apply_protocol(dataset, config)


def _whose(folder, before):
    return f"{folder}: its data, {before.dataset}, are your own: name their folder with --data-dir"


def _settings(folder):
    path = folder / "config.json"
    return read_config(path) if is_begun(folder) and path.exists() else NEW


def _asked(options, before):
    protocol, quick = options.protocol or before.protocol, options.quick or before.quick
    same = before.protocol == protocol
    recipe = before.recipe if same and before.quick == quick else protocol_recipe(protocol, quick)
    changes = {field.name: getattr(options, field.name) for field in dataclasses.fields(Recipe)}
    changes = {name: value for name, value in changes.items() if value is not None}
    validation, seeds = options.validation, before.seeds
    if protocol == "source":
        validation = 0
    elif validation is None and same:
        validation = before.validation
    if options.seed is not None or options.seeds is not None:
        first = options.seed or 0
        seeds = tuple(range(first, first + (options.seeds or 1)))
    return Config("", validation, protocol, quick, seeds, dataclasses.replace(recipe, **changes))
