"""Run folders of several machines, joined into one.

Folders of one configuration, whatever their seeds, become what a single run would have left:

    records of a seed    from every folder; if two have them, they must be equal but for costs
    rates of chance      of the first folder, since they have no seed
    times of a machine   of one folder, whole; so are tables that no study knows
    times of networks    kept if the machines are equal; else to be measured again
    networks             copied, like checkpoints; must be equal if two have them
    environment.json     one record for each machine

Read next: npprune/flags.py.
"""

import dataclasses
import filecmp
import json
import math
import os
from pathlib import Path
from typing import NamedTuple

from npprune import studies
from npprune.errors import InputError
from npprune.files import write_whole
from npprune.lab import records
from npprune.lab.config import differences
from npprune.lab.environment import about, credit
from npprune.lab.lock import hold
from npprune.lab.records import write_json
from npprune.lab.run import Run, is_begun
from npprune.network.checkpoint import CheckpointError, read_checkpoint
from npprune.progress import say

FOLDERS = ("checkpoints", "networks")


class Held(NamedTuple):
    rows: list
    run: Run


def known_tables():
    """{name of a table: (name of its study, Records)}"""
    listed = {name: studies.study(name).tables for name in studies.STUDIES}
    return {table.name: (name, table) for name in listed for table in listed[name]}


def merge(folders, out):
    """Join the run folders to what out holds, if anything; -> the Run in out.

    Raises InputError, before anything is written, when folders do not fit or are in use.
    """
    runs, locks = open_runs(folders, out)
    config, known = common_config(runs), known_tables()
    follow = {name: table for name, (_, table) in known.items() if table.follows}
    names = {path.stem for run in runs for path in (run.folder / "data").glob("*.csv")}
    tables = {n: join(n, known.get(n), runs, config) for n in sorted(names - {*follow})}
    copies = files(runs)
    machines = environment(runs, tables)
    for name, pieces in tables.items():
        if name in known:
            _leave_out_times(*known[name], pieces, out)
    merged = Run(out, config)
    write_json(merged.folder / "environment.json", machines)
    for name, pieces in tables.items():
        merged.write(name, [row for piece in pieces for row in piece.rows])
    for name, table in follow.items():
        merged.write(name, studies.derived(known[name][0], table, merged.read(table.follows)))
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
    if is_begun(out) and (Path(out) / "config.json").exists():
        runs.insert(0, Run.open(out))
    locks = [hold(run.folder) for run in runs if (run.folder / ".lock").exists()]
    return runs, locks


def common_config(runs):
    """The runs' configuration, with all seeds.  Raises InputError if they differ."""
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


def join(name, known, runs, config):
    """Pieces of a table from all runs, in a single run's order.

    known: the study's name and the table's Records, or None for a table of no study.
    """
    if known is None or known[1].one_machine:
        return _of_one_machine(name, known, runs)
    study, table = known
    pieces, full = {}, any(studies.study(study).is_full(run) for run in runs)
    for run in runs:
        for key, rows in _pieces(table, run, config, full).items():
            piece = pieces.setdefault(key, Held(rows, run))
            first = next(iter(pieces.values()))
            _check(table, key, Held(rows, run), piece, first)
    where = records.place(table.key, studies.order(study, config))
    try:
        return sorted(pieces.values(), key=lambda piece: where(piece.rows[0]))
    except TypeError as error:
        raise InputError(f"{name}.csv: its records do not fit together ({error})") from error


def _of_one_machine(name, known, runs):
    held = [Held(run.read(name), run) for run in runs if run.data(name).exists()]
    if known is None and any("seed" in row for piece in held for row in piece.rows):
        raise InputError(f"{held[0].run.data(name)}: no table of a run: move it elsewhere")
    if len(held) > 1:
        say(f"{name}.csv: of one machine only: that of {held[0].run.folder} is taken")
    return held[:1]


def _check(table, key, found, piece, first):
    if "seed" in table.key and not _agree(table, piece.rows, found.rows):
        what = ", ".join(f"{column} {value}" for column, value in zip(table.key, key, strict=True))
        raise InputError(
            f"{found.run.data(table.name)}: its records of {what} are not those of "
            f"{piece.run.data(table.name)}: keep one of the two"
        )
    if list(found.rows[0]) != list(first.rows[0]):
        raise InputError(
            f"{found.run.data(table.name)}: its columns are not those of "
            f"{first.run.data(table.name)}: move it away and run its study again"
        )


def _pieces(table, run, config, full):
    pieces = {}
    for row in run.read(table.name):
        if "seed" in row and row["seed"] not in run.config.seeds:
            raise InputError(
                f"{run.data(table.name)}: has records of seed {row['seed']}, which config.json "
                "does not name: move it away and run its study again"
            )
        quick = row.get("form") == "quick"
        of_first_seed = row.get("seed", config.seeds[0]) == config.seeds[0]
        if (quick and full) or ((quick or table.first_seed) and not of_first_seed):
            continue
        pieces.setdefault(tuple(row[column] for column in table.key), []).append(row)
    return pieces


def _agree(table, rows, others):
    costs = {*table.costs, *table.times}
    return len(rows) == len(others) and all(
        list(row) == list(other)
        and all(str(row[name]) == str(other[name]) for name in row if name not in costs)
        for row, other in zip(rows, others, strict=True)
    )


def files(runs):
    """{path within a run's folder: path} of networks and checkpoints."""
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
    """Compare networks only: checkpoints also hold how long it took."""
    if path == other or filecmp.cmp(path, other, shallow=False):
        return True
    try:
        network, another = (
            {name: [array.tobytes() for array in group] for name, group in groups.items()}
            for groups, *_ in map(read_checkpoint, (path, other))
        )
    except CheckpointError:
        return False
    return network == another


def environment(runs, tables):
    found = []
    for run in runs:
        kept = {name: [p for p in pieces if p.run is run] for name, pieces in tables.items()}
        seeds = {name: _seeds(pieces) for name, pieces in kept.items() if pieces}
        for machine in run.machines():
            before = machine.get("measured", seeds)  # of a merged folder, what it knows
            measured = {n: seeds[n].intersection(before[n]) for n in seeds if n in before}
            left = {name: here for name, here in measured.items() if here or not seeds[name]}
            if left:
                credit(found, about(machine), left)
    machines = found or runs[0].machines()
    return {"machines": machines} if len(machines) > 1 else about(machines[0])


def _seeds(pieces):
    return {row["seed"] for piece in pieces for row in piece.rows if "seed" in row}


def _leave_out_times(study, table, pieces, out):
    kinds = {json.dumps([about(m) for m in piece.run.machines()]) for piece in pieces}
    rows = [row for piece in pieces for row in piece.rows]
    if len(kinds) > 1 and any(math.isfinite(row[name]) for name in table.times for row in rows):
        for piece in pieces:
            piece.rows[:] = [row | dict.fromkeys(table.times, math.nan) for row in piece.rows]
        say(
            f"{table.name}.csv: the times of different machines do not compare, so they are left "
            f"out: npprune {study} --out {out} (and the seeds) measures them on one"
        )
