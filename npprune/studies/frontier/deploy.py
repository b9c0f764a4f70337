"""Which network is deployed: one of the frontier's, checked once more.

By default the pruned network of smallest file at no loss, its best seed on validation images.

Read next: npprune/studies/frontier/draw.py.
"""

import difflib
from pathlib import Path

from npprune.errors import InputError
from npprune.files import write_whole
from npprune.inference import accounting
from npprune.inference.export import load_exported
from npprune.lab import page
from npprune.lab.records import select
from npprune.studies.frontier.choice import cheapest
from npprune.studies.frontier.measure import network_path


def deploy(run, path, name=None, seed=None):
    """Write a network of the frontier, chosen by name and seed, to path; -> its record.

    Raises InputError when there is none such, or its file is damaged.
    """
    records = run.read("frontier")
    if not records:
        raise InputError(f"{run.folder}: holds no networks to export: run npprune frontier first")
    row = _choose(records, name, seed)
    source = network_path(run, row["name"], row["seed"])
    load_exported(source)
    _check_free(path)
    write_whole(path, source.read_bytes())
    return row


def _check_free(path):
    if any((parent / "config.json").exists() for parent in Path(path).resolve().parents[:2]):
        raise InputError(f"--to {path}: is in the folder of a run: give another one")
    if Path(path).is_file():
        try:
            load_exported(path)
        except InputError as error:
            raise InputError(
                f"--to {path}: is there, and is no exported network: give another name"
            ) from error


def layer_table(path):
    weights, about = load_exported(path)
    return page.table(
        "What is left of each layer",
        [
            {"number": number, "layer": layer}
            for number, layer in enumerate(accounting.layers(weights, about["original_sizes"]), 1)
        ],
        [
            ("layer", "{number}"),
            ("weights before", "{layer.original:,}"),
            ("left", "{layer.nonzeros:,}"),
            ("units", "{layer.live_in} x {layer.live_out}"),
            ("achieved sparsity", "{layer.achieved_sparsity:.4f}"),
            ("effective", "{layer.effective_sparsity:.4f}"),
        ],
    )


def _choose(records, name, seed):
    names = list(dict.fromkeys(row["name"] for row in records))
    if name is None:
        best = cheapest(records, "bytes")
        if best is None:
            shown = ", ".join(map(repr, names))
            raise InputError(f"no pruned network is at no loss: choose one with --network: {shown}")
        name = best["name"]
    if name not in names:
        names = difflib.get_close_matches(name, names, 1) or names
        raise InputError(f"--network {name!r}: not there: give {' or '.join(map(repr, names))}")
    rows = select(records, name=name)
    seeds = sorted(row["seed"] for row in rows)
    if seed is not None and seed not in seeds:
        raise InputError(f"--seed {seed}: {name!r} is there for {', '.join(map(str, seeds))}")
    rows = rows if seed is None else select(rows, seed=seed)
    return max(rows, key=lambda row: (row["validation_accuracy"], -row["seed"]))
