"""Runs that the tests of several studies begin with."""

import dataclasses
import shutil

import pytest
from at_once import AtOnce

from npprune import driver
from npprune.lab.config import read_config
from npprune.lab.records import write_json
from npprune.lab.run import Run


def measured(folder, config, dataset, name, form):
    """A run in which a study, and what it needs, was measured in this process."""
    run = Run(folder, config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "single_threaded_processes", AtOnce)
        driver.measure(run, dataset, name, "full", **form._asdict())
    return run


def with_another(finished, folder):
    """A copy of a finished run, and in its folder `other` a copy of the copy, without pictures."""
    run = Run.open(shutil.copytree(finished, folder))
    shutil.copytree(finished, folder / "other", ignore=shutil.ignore_patterns("*.png"))
    return run


def change_config(folder, **changes):
    path = folder / "config.json"
    write_json(path, dataclasses.replace(read_config(path), **changes).as_json())
