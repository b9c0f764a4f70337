"""What setup.cfg promises: the syntax of the oldest Python, and old versions named one by one."""

import ast
import configparser
from pathlib import Path

import pytest

import npprune
from npprune import shell

ROOT = Path(npprune.__file__).parents[1]
OLDEST = (3, 10)
FOLDERS = ("npprune", "tests", "benchmarks")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_syntax_is_that_of_the_oldest_python(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST)


def test_the_oldest_versions_are_named():
    options = SETUP["options"]
    assert options["python_requires"] == ">=" + ".".join(map(str, OLDEST))
    needs = options["install_requires"] + SETUP["options.extras_require"]["test"]
    assert all(">=" in need for need in needs.split())


def test_the_packages_that_the_command_line_names_are_those():
    required = SETUP["options"]["install_requires"].split()
    assert [need.partition(">=")[0] for need in required] == list(shell.DEPENDENCIES)


def test_every_file_that_is_no_module_is_installed():
    """Without -e, only what is named there comes along."""
    installed = {
        path
        for package, patterns in SETUP["options.package_data"].items()
        for pattern in patterns.split(", ")
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
    }
    here = [path for path in (ROOT / "npprune").rglob("*.*") if path.is_file()]
    assert {path for path in here if path.suffix not in (".py", ".pyc")} <= installed
