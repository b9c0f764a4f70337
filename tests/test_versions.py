"""What setup.cfg promises: the syntax of the oldest Python, and old versions named one by one."""

import ast
import configparser
from pathlib import Path

import pytest

import npprune

ROOT = Path(npprune.__file__).parents[1]
OLDEST = (3, 10)
FOLDERS = ("npprune", "tests", "benchmarks")


def sources():
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_syntax_is_that_of_the_oldest_python(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST)


def test_the_oldest_versions_are_named():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    options = setup["options"]
    assert options["python_requires"] == ">=" + ".".join(map(str, OLDEST))
    needs = options["install_requires"] + setup["options.extras_require"]["test"]
    assert all(">=" in need for need in needs.split())


def test_every_file_that_is_no_module_is_installed():
    """Without -e, only what is named there comes along."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    installed = {
        path
        for package, patterns in setup["options.package_data"].items()
        for pattern in patterns.split(", ")
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
    }
    here = [path for path in (ROOT / "npprune").rglob("*.*") if path.is_file()]
    assert {path for path in here if path.suffix not in (".py", ".pyc")} <= installed
