"""README's promises: its programs run, its files and its numbers are there.

Its commands are run in tests/test_readme_commands.py.
"""

import dataclasses
import re
import shutil
from pathlib import Path

import numpy as np

import npprune
from npprune import driver, report
from npprune.data import datasets
from npprune.inference.export import save_exported
from npprune.lab.records import select, write_csv, write_json
from npprune.lab.run import Run
from npprune.network.mlp import logits
from npprune.pruning.compact import compact
from npprune.pruning.masks import prune

ROOT = Path(npprune.__file__).parents[1]
PAGES = [ROOT / folder / "README.md" for folder in ("", "npprune", "tests", "benchmarks")]
README, MAP, *_ = TEXTS = [path.read_text(encoding="utf-8") for path in PAGES]
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", "\n".join(TEXTS), re.MULTILINE | re.DOTALL)


def after(mark):
    """The block of code that stands after a comment."""
    return re.search(rf"<!-- {mark} -->\n```\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[1]


def program(words):
    """The program that has these words in it."""
    (found,) = [block for language, block in BLOCKS if language == "python" and words in block]
    return found


def test_the_two_commands_install_what_setup_cfg_offers():
    install = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin"
    assert after("study command").strip() == f"{install}/npprune"
    assert after("test command").strip() == f"{install}/python -m pytest"


def test_the_first_page_is_short():
    assert len(README.encode()) <= 10_000


def test_the_program_runs(finished, tiny_folder, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "npprune-run").symlink_to(finished)
    monkeypatch.setenv("NPPRUNE_DATA", str(tiny_folder))
    text = program("engine = build(").replace('load("auto")', 'load("auto", validation=100)')
    exec(compile(text, "README.md", "exec"), {})
    assert "[(30, 8), (8, 6), (6, 10)]" in capsys.readouterr().out


def test_the_loader_reads_an_exported_network(network, tmp_path):
    pruned = [*prune(network, 0.8, "weight")[:1], *network[1:]]
    save_exported(tmp_path / "net.npz", pruned, {})
    names = {}
    exec(compile(program("np.cumsum"), "README.md", "exec"), names)
    X = np.ones((3, 30), np.float32)
    expected = logits(compact(pruned), X)
    np.testing.assert_array_equal(logits(names["load"](tmp_path / "net.npz"), X), expected)


def test_the_pictures_files_and_sections_that_it_names_exist():
    for page, text in zip(PAGES, TEXTS, strict=True):
        for path, _, section in re.findall(r"\]\(((?!https)[^)#]+)(#([^)]*))?\)", text):
            there = page.parent / path
            assert there.is_file(), path
            titles = re.findall(r"^#+ (.*)$", there.read_text("utf-8"), re.M) if section else []
            anchors = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
            assert not section or section in anchors


def test_every_file_that_is_named_exists():
    """By its path from the top; the exercises leave out npprune/, where they are."""
    for page, text in zip(PAGES, TEXTS, strict=True):
        for path in re.findall(r"`([\w./]+/[\w.]+\.(?:py|md|csv))`", text):
            assert (ROOT / path).exists() or (ROOT / "npprune" / path).exists(), (page, path)


def test_every_number_of_the_results_stands_in_the_published_report():
    published = (ROOT / "figures" / "report.md").read_text(encoding="utf-8")
    results = README[README.index("## What came out") : README.index("## In Python")]
    rows = [line for line in results.splitlines() if line.startswith("|")]
    assert len(rows) > 4
    assert not [row for row in rows if row not in published and "---" not in row]
    prose = " ".join(line for line in results.splitlines() if not line.startswith("|"))
    assert not [number for number in re.findall(r"\d\.\d+", prose) if number not in published]


def test_the_published_report_is_what_its_records_say(tmp_path):
    shutil.copytree(ROOT / "figures", tmp_path / "figures")
    report.write(Run.open(tmp_path / "figures"))
    for name in ("report.md", "report.html"):
        published = (ROOT / "figures" / name).read_text(encoding="utf-8")
        assert (tmp_path / "figures" / name).read_text(encoding="utf-8") == published


def test_what_the_exercises_ask_for_is_there():
    asked = re.findall(r"Write `(.*?)`(?: and `(.*?)`)? in `(.*?)`", MAP)
    assert len(asked) >= 8
    for *functions, path in asked:
        code = (ROOT / "npprune" / path).read_text(encoding="utf-8")
        assert all(f"\ndef {name}(" in code for name in functions if name)
    tests = re.findall(r"`pytest\s+(\S+)`", MAP)
    assert all((ROOT / path).is_file() for path in tests)


def of_first_seed(folder):
    """A run of the published one's first seed alone, as the study command makes it."""
    shutil.copytree(ROOT / "figures" / "data", folder / "data")
    published = Run.open(ROOT / "figures")
    first = published.config.seeds[0]
    write_json(
        folder / "config.json", dataclasses.replace(published.config, seeds=(first,)).as_json()
    )
    shutil.copy(ROOT / "figures" / "environment.json", folder)
    run = Run.open(folder)
    for name in ("baseline", "sparsity"):
        write_csv(run.data(name), select(published.read(name), seed=first))
    return run


def test_the_output_shown_is_that_of_the_published_first_seed(tmp_path):
    shown = after("study output")
    printed = report.summary(of_first_seed(tmp_path), driver.basic()).splitlines()
    lines = [line for line in shown.splitlines() if line.startswith("|")]
    assert len(lines) > 6
    assert not [line for line in lines if line not in printed]
    assert shown.endswith("\nreport: npprune-run/report.html\n")


def test_data_of_ones_own_are_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(program("write_idx"), "README.md", "exec"), {})
    own = datasets.load(data_dir="my-data", validation=1000)
    assert own.name == "my-data"
    assert own.image_shape == (20, 24)
    assert own.classes == 2
    assert len(own.train) == 7000
