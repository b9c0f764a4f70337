"""The house from its imports: arrows go one way, nothing foreign comes in, help comes fast.

And the order in which it is read: one chain through every module, none before what it needs.
"""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import npprune

ROOT = Path(npprune.__file__).parent
WINGS = ("data", "network", "pruning", "inference", "theory", "lab", "studies")
HALL = ("errors", "files", "flags", "npy", "progress", "streams", "threads")  # below all wings
FOREIGN = {"numpy", "scipy", "matplotlib"}


def module_name(path):
    parts = ("npprune", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
every_module = pytest.mark.parametrize("name", MODULES)


def imports(name, everywhere=True):
    """Absolute names that a module imports; without `everywhere` only when it is imported."""
    nodes = [ast.parse(MODULES[name].read_text(encoding="utf-8"))]
    found = set()
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: imports here are absolute"
            found |= {
                whole if (whole := f"{node.module}.{alias.name}") in MODULES else node.module
                for alias in node.names
            }
        elif everywhere or not isinstance(node, ast.FunctionDef):
            nodes += ast.iter_child_nodes(node)
    return found


def ours(name, everywhere=True):
    return {other for other in imports(name, everywhere) if other.split(".")[0] == "npprune"}


def floor(name):
    """How high in the house a module is: the hall, the wings in order, the command line."""
    part = (*name.split("."), "")[1]
    if part in HALL or name == "npprune":
        return -1
    return WINGS.index(part) if part in WINGS else len(WINGS)


@every_module
def test_a_module_imports_only_from_its_own_wing_or_an_earlier_one(name):
    above = {other for other in ours(name) if floor(other) > floor(name)}
    assert not above


def test_no_import_cycles():
    TopologicalSorter({name: ours(name) - {name} for name in MODULES}).prepare()


@every_module
def test_only_numpy_scipy_matplotlib_and_the_standard_library(name):
    others = {other.split(".")[0] for other in imports(name)} - {"npprune"}
    assert others <= FOREIGN | set(sys.stdlib_module_names)


@every_module
def test_no_private_module_or_name_of_another_package(name):
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    private = [
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] != "npprune"
        for alias in node.names
        if any(part.startswith("_") for part in (*node.module.split("."), alias.name))
        and node.module != "__future__"
    ]
    private += [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if "._" in alias.name
    ]
    private += [
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in {"np", "sparse", "scipy", "matplotlib"}
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
    ]
    assert not private


@every_module
def test_matplotlib_is_imported_only_where_something_is_drawn(name):
    assert not any(other.startswith("matplotlib") for other in imports(name, everywhere=False))


@pytest.mark.parametrize(
    "name", ["npprune.cli", "npprune.flags", "npprune.train", "npprune.__main__"]
)
def test_the_command_line_imports_nothing_heavy(name):
    light = {"npprune.cli", "npprune.flags", "npprune", "npprune.errors"}
    assert ours(name, everywhere=False) <= light


@pytest.mark.parametrize("module", ["npprune", "npprune.train"])
def test_help_answers_without_numpy(module, elsewhere):
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['x', '--help']\n"
        f"try: runpy.run_module({module!r}, run_name='__main__')\n"
        "except SystemExit as end: assert end.code in (0, None), end.code\n"
        "assert not {'numpy', 'scipy', 'matplotlib'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=elsewhere, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert "--dataset" in done.stdout or "reproduce" in done.stdout


def test_importing_the_package_imports_nothing_else(elsewhere):
    code = "import sys; before = set(sys.modules); import npprune; print(set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=elsewhere, capture_output=True, text=True, timeout=30
    )
    assert done.stdout == "{'npprune'}\n"


UNREAD = {"npprune", "npprune.__main__", *(f"npprune.{wing}" for wing in WINGS)}  # of a line or so


def reading_order():
    """Follow "Read next" from the first module, as long as it leads to a module not yet read."""
    names = {str(path.relative_to(ROOT.parent)): name for name, path in MODULES.items()}
    order, following = [], "npprune/errors.py"
    while following in names and names[following] not in order:
        order.append(names[following])
        text = ast.get_docstring(ast.parse(MODULES[order[-1]].read_text(encoding="utf-8")))
        following = next(iter(re.findall(r"^Read next: (.*)\.$", text, re.MULTILINE)), "")
    return order


def test_the_reading_order_is_one_chain_through_every_module():
    assert sorted(reading_order()) == sorted(MODULES.keys() - UNREAD)


def test_nothing_is_read_before_what_it_imports():
    place = {name: i for i, name in enumerate(reading_order())}
    assert not [
        (name, other)
        for name in place
        for other in ours(name) - UNREAD
        if place[other] > place[name]
    ]


def test_the_map_of_readme_has_every_module_in_reading_order():
    readme = (ROOT.parent / "README.md").read_text(encoding="utf-8")
    order, mapped = reading_order(), []
    for row in re.findall(r"^\| (`npprune/.*?) \|", readme[readme.index("## Map") :], re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", row)
        for path in (first, *(f"{Path(first).parent}/{other}" for other in others)):
            whole = module_name(ROOT.parent / path)
            mapped += [name for name in order if f"{name}.".startswith(f"{whole}.")]
    assert mapped == order
