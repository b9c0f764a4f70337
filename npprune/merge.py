"""Run folders of several machines, joined into one.

Seeds do not depend on each other, nor do the pieces of a study, so each may be measured on a
machine of its own, in a folder of its own.  Folders of one configuration, whatever their seeds,
are joined to what a single run would have left: its records, in its order.

    records of a seed     from every folder, piece by piece.  A piece that two folders hold must be
                          the same in both, but for the seconds it took; else they are refused
    rates of chance       belong to no seed; each folder's are as good, so the first's are taken
    all other tables      times, mostly, of one machine and the first seed: of one folder, whole
    times of frontier     means are taken over the seeds, so they stay only if all were measured on
                          machines with equal records; else npprune frontier measures them again
    checkpoints/          copied, and so is networks/; a network in two folders must be the same
    environment.json      one record for each machine, with what was measured on it

Everything is checked before anything is written.  A folder that is joined to counts as one of
those that are joined, the first; so a merge that was stopped is completed by the same command.
Figures and report are not copied: they are drawn from the records.

Read next: npprune/flags.py.
"""

import dataclasses
import filecmp
import json
import math
import os
from pathlib import Path
from typing import NamedTuple

from npprune.errors import InputError
from npprune.files import write_whole
from npprune.lab.config import differences
from npprune.lab.lock import hold
from npprune.lab.records import write_csv, write_json
from npprune.lab.run import Run
from npprune.network.checkpoint import CheckpointError, read_checkpoint
from npprune.progress import say
from npprune.studies.criteria import study as criteria
from npprune.studies.frontier import study as frontier
from npprune.studies.frontier.times import TIME_COLUMNS
from npprune.studies.locality import study as locality
from npprune.studies.locality.networks import networks
from npprune.studies.randomness.rates import slopes

# The columns that name a piece of each table, in the order by which a run sorts it.
PIECES = {
    **dict.fromkeys(("training", "baseline", "sparsity", "magnitudes", "distances"), ("seed",)),
    **dict.fromkeys(("criteria_oracle", "criteria_curvature"), ("seed",)),
    "criteria": criteria.KEY,
    "frontier": ("seed", "name"),
    **dict.fromkeys(locality.TABLES, ("seed", "network")),
    **dict.fromkeys(
        [f"randomness_{name}" for name in ("layers", "nulls", "groups", "densities")],
        ("optimizer", "seed"),
    ),
    "randomness_rates": ("law", "p"),
}
DERIVED = "randomness_slopes"  # from the rates
FIRST_SEED = ("locality_maps", "locality_pixels", "locality_fields")
# What may differ between two measurements of the same thing.
COSTS = {"seconds", "peak_memory_mb", "score_seconds", "repair_seconds", *TIME_COLUMNS}
FOLDERS = ("checkpoints", "networks")


class Piece(NamedTuple):
    """Records that belong together, and the run that they come from."""

    rows: list
    run: Run


def merge(folders, out):
    """Join the run folders to what out holds, if anything; -> the Run in out.

    Raises InputError, before anything is written, when folders are no runs, are of different
    configurations, disagree about a piece, or somebody is at work in one of them.
    """
    runs, locks = open_runs(folders, out)
    config = common_config(runs)
    tables = {name: join(name, runs, config) for name in sorted(_names(runs))}
    copies = files(runs)
    machines = environment(runs, tables)
    _leave_out_times(tables.get("frontier", ()), out)
    merged = Run(out, config)
    write_json(merged.folder / "environment.json", machines)
    for name, pieces in tables.items():
        if pieces:
            write_csv(merged.data(name), [row for piece in pieces for row in piece.rows])
    if fitted := slopes(merged.read("randomness_rates")):
        write_csv(merged.data(DERIVED), fitted)
    for path, source in copies.items():
        if not (merged.folder / path).exists():
            write_whole(merged.folder / path, source.read_bytes())
    del locks
    return merged


def open_runs(folders, out):
    """Open the folders, by their lowest seeds, after out if it holds a run; -> runs, locks."""
    places = [os.path.realpath(folder) for folder in folders]
    for i, (folder, place) in enumerate(zip(folders, places, strict=True)):
        if place in places[:i]:
            raise InputError(f"{folder}: named twice: name each folder once")
        if place == os.path.realpath(out):
            raise InputError(f"{folder}: also named by --out: what it holds is kept: name it once")
        if not (Path(folder) / "config.json").exists():
            raise InputError(f"{folder}: not the folder of a run: it has no config.json")
    runs = sorted((Run.open(folder) for folder in folders), key=lambda run: min(run.config.seeds))
    if (Path(out) / "config.json").exists() and _begun(out):
        runs.insert(0, Run.open(out))
    locks = [hold(run.folder) for run in runs if (run.folder / ".lock").exists()]
    return runs, locks


def _begun(folder):
    return any((Path(folder) / part).exists() for part in ("data", *FOLDERS))


def common_config(runs):
    """The configuration of all runs, with the seeds of all; raises InputError if they differ."""
    # One that knows the checksum of its data, since without it nothing can be said of others.
    first = next((run for run in runs if run.config.checksum), runs[0])
    for run in runs:
        same_seeds = dataclasses.replace(run.config, seeds=first.config.seeds)
        found = differences(first.config, same_seeds)
        if found:
            said = "; ".join(f"{name} is {there} there, {here} here" for name, there, here in found)
            raise InputError(
                f"{run.folder}: not of the same configuration as {first.folder} ({said}): only "
                "runs that differ in nothing but their seeds can be merged"
            )
    seeds = {seed for run in runs for seed in run.config.seeds}
    return dataclasses.replace(first.config, seeds=tuple(sorted(seeds)))


def _names(runs):
    """Names of all tables, but for the one that follows from another."""
    return {path.stem for run in runs for path in (run.folder / "data").glob("*.csv")} - {DERIVED}


def join(name, runs, config):
    """Pieces of a table from all runs, in the order of a single run."""
    if name not in PIECES:
        held = [Piece(run.read(name), run) for run in runs if run.data(name).exists()]
        if any("seed" in row for piece in held for row in piece.rows):
            raise InputError(f"{held[0].run.data(name)}: no table of a run: move it elsewhere")
        if len(held) > 1:
            say(f"{name}.csv: of one machine only: that of {held[0].run.folder} is taken")
        return held[:1]
    pieces, full = {}, _is_full(name, runs)
    for run in runs:
        for key, rows in _pieces(name, run, config, full).items():
            piece = pieces.setdefault(key, Piece(rows, run))
            if "seed" in PIECES[name] and not _agree(piece.rows, rows):
                named = zip(PIECES[name], key, strict=True)
                what = ", ".join(f"{column} {value}" for column, value in named)
                raise InputError(
                    f"{run.data(name)}: its records of {what} are not those of "
                    f"{piece.run.data(name)}: keep one of the two"
                )
            first = next(iter(pieces.values()))
            if list(rows[0]) != list(first.rows[0]):
                raise InputError(
                    f"{run.data(name)}: its columns are not those of {first.run.data(name)}: "
                    "delete it and run its study again"
                )
    try:
        return [pieces[key] for key in sorted(pieces, key=_order(name, config))]
    except TypeError as error:
        raise InputError(f"{name}.csv: its records do not fit together ({error})") from error


def _is_full(name, runs):
    """Say whether a folder holds the full form of a table's study, which replaces the quick one."""
    study = name.partition("_")[0]
    tables = [other for other in PIECES if other.partition("_")[0] == study]
    return any(
        row.get("form") == "full" for run in runs for table in tables for row in run.read(table)
    )


def _pieces(name, run, config, full):
    """Records of a run that a single run would have: {key of the piece: records}."""
    pieces = {}
    for row in run.read(name):
        if "seed" in row and row["seed"] not in run.config.seeds:
            raise InputError(
                f"{run.data(name)}: has records of seed {row['seed']}, which config.json does not "
                "name: delete it and run its study again"
            )
        quick = row.get("form") == "quick"
        of_first_seed = row.get("seed", config.seeds[0]) == config.seeds[0]
        if (quick and full) or ((quick or name in FIRST_SEED) and not of_first_seed):
            continue
        pieces.setdefault(tuple(row[column] for column in PIECES[name]), []).append(row)
    return pieces


def _agree(rows, others):
    """Say whether two lists of records are the same but for what measuring them cost."""
    return len(rows) == len(others) and all(
        list(row) == list(other)
        and all(str(row[name]) == str(other[name]) for name in row if name not in COSTS)
        for row, other in zip(rows, others, strict=True)
    )


def _order(name, config):
    """What to sort the keys of a table's pieces by."""
    listed = ()
    if name == "frontier":
        listed = [entry.name for entry in frontier.entries(config)]  # one's own recipes come last
    elif name in locality.TABLES:
        listed = networks(config.recipe.optimizer)
    place = {value: i for i, value in enumerate(listed)}
    return lambda key: (*key[:-1], place.get(key[-1], len(place)) if place else key[-1])


def files(runs):
    """Networks and checkpoints of all runs: {path within a run's folder: path}."""
    found = {}
    for run in runs:
        for part in FOLDERS:
            for path in sorted((run.folder / part).glob("*.npz")):
                if path.name.startswith("."):  # half a file, of a process that was killed
                    continue
                first = found.setdefault(path.relative_to(run.folder), path)
                if not _same(first, path):
                    raise InputError(f"{path}: not the network of {first}: keep one of the two")
    return found


def _same(path, other):
    """Say whether two files hold the same network; checkpoints also hold how long it took."""
    if path == other or filecmp.cmp(path, other, shallow=False):
        return True
    try:
        groups, others = (read_checkpoint(file)[0] for file in (path, other))
    except CheckpointError:
        return False
    return {name: [array.tobytes() for array in group] for name, group in groups.items()} == {
        name: [array.tobytes() for array in group] for name, group in others.items()
    }


def environment(runs, tables):
    """What environment.json is to hold: one machine, or each with what was measured on it."""
    found = []
    for run in runs:
        kept = {name: [p for p in pieces if p.run is run] for name, pieces in tables.items()}
        seeds = {name: _seeds(pieces) for name, pieces in kept.items() if pieces}
        for machine in run.machines():
            before = machine.get("measured", seeds)  # of a merged folder, what it knows
            measured = {n: seeds[n].intersection(before[n]) for n in seeds if n in before}
            left = {name: here for name, here in measured.items() if here or not seeds[name]}
            _credit(found, _about(machine), left)
    machines = found or runs[0].machines()
    return {"machines": machines} if len(machines) > 1 else _about(machines[0])


def _seeds(pieces):
    return {row["seed"] for piece in pieces for row in piece.rows if "seed" in row}


def _credit(machines, about, measured):
    """Add what was measured, if anything, to the machine of that record."""
    if not measured:
        return
    same = [machine for machine in machines if _about(machine) == about]
    if not same:
        machines.append(about | {"measured": {}})
    before = (same or machines)[-1]["measured"]
    for name, seeds in measured.items():
        before[name] = sorted({*before.get(name, ()), *seeds})


def _about(machine):
    """A machine's record without what was measured on it."""
    return {name: value for name, value in machine.items() if name != "measured"}


def _leave_out_times(pieces, out):
    """Take the times out of records of the frontier if they are of machines that differ."""
    kinds = {json.dumps([_about(m) for m in piece.run.machines()]) for piece in pieces}
    rows = [row for piece in pieces for row in piece.rows]
    if len(kinds) > 1 and any(math.isfinite(row[TIME_COLUMNS[0]]) for row in rows):
        for piece in pieces:
            piece.rows[:] = [row | dict.fromkeys(TIME_COLUMNS, math.nan) for row in piece.rows]
        say(
            "frontier.csv: the times of different machines do not compare, so they are left out: "
            f"npprune frontier --out {out} (and the seeds) measures them on one"
        )
