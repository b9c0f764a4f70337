"""The house from its imports: arrows go one way, nothing foreign comes in, help comes fast.

And the order in which it is read: one chain through every module, none before what it needs.
"""

import ast
import functools
import itertools
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import npprune

ROOT = Path(npprune.__file__).parent
WINGS = ("data", "network", "pruning", "inference", "theory", "lab", "studies")
# Below all wings.
HALL = ("errors", "files", "flags", "npy", "progress", "shell", "streams", "threads")
FOREIGN = {"numpy", "scipy", "matplotlib"}


def module_name(path):
    parts = ("npprune", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


@functools.cache
def imports(name, everywhere=True):
    """Absolute names that a module imports; without `everywhere` only when it is imported."""
    nodes = [TREES[name]]
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


def test_a_module_imports_only_from_its_own_wing_or_an_earlier_one():
    above = [(name, o) for name in MODULES for o in ours(name) if floor(o) > floor(name)]
    assert not above


def test_theory_knows_neither_runs_nor_tables_nor_pictures():
    foreign = ("npprune.lab", "matplotlib", "csv")
    theory = [name for name in MODULES if name.startswith("npprune.theory")]
    assert not [(name, o) for name in theory for o in imports(name) if o.startswith(foreign)]


def test_studies_are_reached_through_their_list_alone():
    outside = [name for name in MODULES if not name.startswith("npprune.studies")]
    reached = {(name, o) for name in outside for o in ours(name) if "npprune.studies." in o}
    assert reached <= {("npprune.cli", "npprune.studies.frontier.deploy")}  # export


def test_no_import_cycles():
    TopologicalSorter({name: ours(name) - {name} for name in MODULES}).prepare()


def test_only_numpy_scipy_matplotlib_and_the_standard_library():
    known = {"npprune", *FOREIGN, *sys.stdlib_module_names}
    taken = [(name, other.split(".")[0]) for name in MODULES for other in imports(name)]
    assert not [(name, package) for name, package in taken if package not in known]


def taken_names(tree):
    """The parts of every name that a module takes of other packages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] != "npprune":
            names = [(*node.module.split("."), alias.name) for alias in node.names]
            yield from (parts for parts in names if parts[0] != "__future__")
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)
        elif getattr(getattr(node, "value", None), "id", "") in {"np", "sparse", "scipy"}:
            yield ("", getattr(node, "attr", ""))


def test_no_private_module_or_name_of_another_package():
    for name, tree in TREES.items():
        taken = itertools.chain.from_iterable(taken_names(tree))
        assert not [part for part in taken if re.match(r"_(?!_)", part)], name


def test_matplotlib_is_imported_only_where_something_is_drawn():
    for name in MODULES:
        assert not any(o.startswith("matplotlib") for o in imports(name, everywhere=False)), name


def test_the_training_script_reaches_few_modules():
    reached, left = set(), {"npprune.train"}
    while left:
        reached |= left
        left = {other for name in left for other in ours(name)} - reached
    assert len(reached) <= 45


@pytest.mark.parametrize(
    "name", ["npprune.cli", "npprune.flags", "npprune.train", "npprune.__main__"]
)
def test_the_command_line_imports_nothing_heavy(name):
    light = {"npprune", *(f"npprune.{part}" for part in ("cli", "errors", "flags", "shell"))}
    assert ours(name, everywhere=False) <= light | {"npprune.studies"}


def test_the_face_of_a_study_imports_nothing_but_the_types():
    for name in MODULES:
        if name.startswith("npprune.studies.") and MODULES[name].stem == "__init__":
            others = {o for o in ours(name) if o.startswith("npprune.studies.")}
            faces = {o for o in others if imports(o) <= {"typing", "npprune.lab.study"}}
            assert ours(name) - faces <= {"npprune.lab.study"}, name


HELP = """
import runpy, sys
sys.argv = ["x", "--help"]
try: runpy.run_module("{module}", run_name="__main__")
except SystemExit as end: assert end.code in (0, None), end.code
assert not {{"numpy", "scipy", "matplotlib"}} & set(sys.modules)
"""


@pytest.mark.parametrize(
    ("module", "said"), [("npprune", "reproduce"), ("npprune.train", "--dataset")]
)
def test_help_answers_without_numpy(module, said, interpreter):
    done = interpreter("-c", HELP.format(module=module))
    assert done.returncode == 0, done.stderr
    assert said in done.stdout


def test_importing_the_package_imports_nothing_else(interpreter):
    code = "import sys; before = set(sys.modules); import npprune; print(set(sys.modules) - before)"
    assert interpreter("-c", code).stdout == "{'npprune'}\n"


# Of a line or so, or read before the first chapter: the whole story, and the training script.
UNREAD = {"npprune", "npprune.__main__", "npprune.walkthrough", "npprune.train"}
UNREAD |= {f"npprune.{wing}" for wing in WINGS}
FIRST = "npprune/network/layers.py"
# What a chapter may use before it is read: files and progress, the data, what all studies share.
MACHINERY = ("npprune.data", "npprune.lab", "npprune.network.checkpoint", "npprune.network.needs")


def reading_order():
    """Follow "Read next" from the first module, as long as it leads to a module not yet read."""
    names = {str(path.relative_to(ROOT.parent)): name for name, path in MODULES.items()}
    order, following = [], FIRST
    while following in names and names[following] not in order:
        order.append(names[following])
        text = ast.get_docstring(TREES[order[-1]])
        following = next(iter(re.findall(r"^Read next: (.*)\.$", text, re.MULTILINE)), "")
    return order


def test_the_reading_order_is_one_chain_through_every_module():
    assert sorted(reading_order()) == sorted(MODULES.keys() - UNREAD)


def test_the_lesson_comes_first():
    order = reading_order()
    assert "npprune.pruning.masks" in order[:6]
    assert "npprune.studies.prune.tell" in order[:16]


def test_nothing_is_read_before_what_it_uses():
    place = {name: i for i, name in enumerate(reading_order())}
    known = UNREAD | {name for name in MODULES if floor(name) < 0 or name.startswith(MACHINERY)}
    assert not [
        (name, other)
        for name in place
        for other in ours(name) - known
        if place[other] > place[name]
    ]


def test_the_map_has_every_module_in_reading_order():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    order, mapped = reading_order(), []
    for row in re.findall(r"^\| (`npprune/.*?) \|", readme[readme.index("## Map") :], re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", row)
        for path in (first, *(f"{Path(first).parent}/{other}" for other in others)):
            assert (ROOT.parent / path).exists()
            mapped.append(module_name(ROOT.parent / path))
    assert mapped == order
