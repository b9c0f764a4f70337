"""README's promises: its programs run, its files and its numbers are there.

Its commands are run in tests/test_readme_commands.py.
"""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import npprune
from npprune.inference.export import save_exported
from npprune.network.mlp import logits
from npprune.pruning.compact import compact
from npprune.pruning.masks import prune
from npprune.pruning.recipe_language import read_recipe
from npprune.studies import report
from npprune.studies.run import Run

ROOT = Path(npprune.__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PROGRAMS = [block for language, block in BLOCKS if language == "python"]


def test_the_two_commands_install_what_setup_cfg_offers():
    study, test = (block.strip() for _, block in BLOCKS[:2])
    assert study == "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/npprune"
    assert test.endswith(".venv/bin/pip install '.[test]' && .venv/bin/python -m pytest")


def test_the_program_runs(finished, tiny_folder, monkeypatch, tmp_path, capsys):
    program = PROGRAMS[0]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "npprune-run").symlink_to(finished)
    monkeypatch.setenv("NPPRUNE_DATA", str(tiny_folder))
    program = program.replace('load("auto")', 'load("auto", validation=100)')
    exec(compile(program, "README.md", "exec"), {})
    assert "[(30, 8), (8, 6), (6, 10)]" in capsys.readouterr().out


def test_the_loader_reads_an_exported_network(network, tmp_path):
    pruned = [*prune(network, 0.8, "weight")[:1], *network[1:]]
    save_exported(tmp_path / "net.npz", pruned, {})
    names = {}
    exec(compile(PROGRAMS[1], "README.md", "exec"), names)
    X = np.ones((3, 30), np.float32)
    expected = logits(compact(pruned), X)
    np.testing.assert_array_equal(logits(names["load"](tmp_path / "net.npz"), X), expected)


def test_the_recipe_can_be_followed(tmp_path):
    (recipe,) = [block for language, block in BLOCKS if language == "json"]
    (tmp_path / "my.json").write_text(recipe)
    assert read_recipe(tmp_path / "my.json")["name"] == "mine"


@pytest.mark.parametrize("path", re.findall(r"\]\((figures/[^)]+)\)", README))
def test_the_pictures_and_files_that_it_shows_exist(path):
    assert (ROOT / path).is_file()


def test_every_number_of_the_results_stands_in_the_published_report():
    published = (ROOT / "figures" / "report.md").read_text(encoding="utf-8")
    results = README[README.index("## What came out") : README.index("## Use it")]
    rows = [line for line in results.splitlines() if line.startswith("|")]
    assert len(rows) > 10
    assert not [row for row in rows if row not in published and "---" not in row]
    prose = " ".join(line for line in results.splitlines() if not line.startswith("|"))
    assert not [number for number in re.findall(r"\d\.\d+", prose) if number not in published]


def test_the_published_report_is_what_its_records_say(tmp_path):
    shutil.copytree(ROOT / "figures", tmp_path / "figures")
    report.write(Run.open(tmp_path / "figures"))
    for name in ("report.md", "report.html"):
        published = (ROOT / "figures" / name).read_text(encoding="utf-8")
        assert (tmp_path / "figures" / name).read_text(encoding="utf-8") == published


def test_the_map_names_only_what_is_there():
    rows = re.findall(r"^\| (`.*?) \|", README[README.index("## Map") :], re.MULTILINE)
    for row in rows:
        first, *others = re.findall(r"`([^`]+)`", row)
        assert (ROOT / first).exists()
        assert all((ROOT / first).parent.joinpath(other).exists() for other in others)
