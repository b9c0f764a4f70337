"""Studies are run here: missing pieces are found, done, and recorded as they end.

A study yields its pieces of work (npprune/lab/study.py).  Recorded ones are left out, so a stopped
run goes on where it was.  Training and pruning run in this process, what is timed in a fresh one,
all else in one for each core.  Fresh processes have one BLAS thread, so that the cores change no
result.

Read next: npprune/merge.py.
"""

import contextlib
import functools
import itertools
import multiprocessing
from concurrent.futures import as_completed
from operator import attrgetter

from npprune import report, studies
from npprune.errors import InputError
from npprune.lab import records
from npprune.lab.study import ALONE, CORES, HERE, Piece
from npprune.progress import Progress
from npprune.threads import cores, single_threaded_processes

FEW = 4  # figures that are drawn sooner than a process is started


def reproduce(run, dataset, full=False):
    """Run the studies, draw the figures and write the report; -> its path.

    full: every study at length, as published; else the longer ones in short, or not at all.
    """
    mode = "full" if full else "trial" if run.config.quick else "short"
    for name in studies.STUDIES:
        if ("full" if full else "short") in studies.study(name).forms:
            measure(run, dataset, name, mode)
    figures(run)
    return report.write(run)


def basic():
    """Studies that even a short run does in full."""
    forms = {name: studies.study(name).forms for name in studies.STUDIES}
    return [n for n, form in forms.items() if "short" in form and form["short"] == form["full"]]


def measure(run, dataset, name, mode, **changes):
    """Do what a run's folder lacks of a study, after what it needs; -> was there any?

    mode: one of MODES (npprune/lab/study.py); changes: fields of the form it names.
    """
    study = studies.study(name)
    for need in study.needs:
        measure(run, dataset, need, mode)
    form = study.forms[mode]
    return work(run, dataset, name, form._replace(**changes) if changes else form)


def work(run, dataset, name, form):
    """Do the missing pieces of a study in one form, and derived tables; -> was there any?"""
    study, module = studies.study(name), studies.part(name, "measure")
    head = {"form": form.name} if study.marks_form else {}
    if study.marks_form and form.name != "full" and study.is_full(run):
        return False
    keep = functools.partial(_record, run, study, head, studies.order(name, run.config))
    worked = False
    for where, group in itertools.groupby(module.pieces(run, dataset, form), attrgetter("where")):
        if missing := [piece for piece in group if not _is_done(run, head, piece)]:
            _do(name, missing, where, keep)
            worked = True
    for table in study.tables:
        if table.follows and (worked or not run.data(table.name).exists()):
            run.write(table.name, studies.derived(name, table, run.read(table.follows)))
    return worked


def _is_done(run, head, piece):
    return piece.done() if piece.done else run.has(piece.table, **head, **piece.key)


def _record(run, study, head, listed, piece, tables):
    for table in sorted(study.tables, key=lambda table: table.name == piece.table):
        if table.name in tables:
            place = records.place([name for name in table.key if name in piece.key], listed)
            run.add(table.name, head | piece.key, tables[table.name], place)


def _do(label, pieces, where, record):
    with (
        Progress(label, len(pieces)) as progress,
        contextlib.closing(WAYS[where](pieces)) as finished,
    ):
        for done, (piece, tables) in enumerate(finished, 1):
            record(piece, tables)
            progress(done, ", ".join(f"{name} {value}" for name, value in piece.key.items()))


def _in_this_process(pieces):
    for piece in pieces:
        yield piece, piece.make(*piece.given())


def _one_by_one(pieces):
    with single_threaded_processes() as process:
        for piece in pieces:
            yield piece, process.submit(piece.make, *piece.given()).result()


def _on_all_cores(pieces):
    with single_threaded_processes(min(cores(), len(pieces))) as processes:
        try:
            begun = {processes.submit(piece.make, *piece.given()): piece for piece in pieces}
            for future in as_completed(begun):
                yield begun[future], future.result()
        except BaseException:
            # Leaving the block would wait for minutes of work that nobody wants any more.
            processes.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise


WAYS = {HERE: _in_this_process, ALONE: _one_by_one, CORES: _on_all_cores}


def figures(run, names=studies.STUDIES, again=True):
    """Draw figures of studies from records alone; -> paths.  again: also the up-to-date ones."""
    pieces = []
    for name in names:
        for figure in studies.study(name).figures:
            tables = [run.read(table) for table in figure.tables]
            if tables[0] and (again or _is_stale(run, figure)):
                job = name, figure.draw, run.figure(figure.name), run.config, *tables
                pieces.append(Piece(figure.name, {}, draw, job))
    if not pieces and names is studies.STUDIES and again:
        raise InputError(f"{run.folder / 'data'}: no records to draw: run npprune first")
    way = _in_this_process if len(pieces) <= FEW else _on_all_cores
    with contextlib.closing(way(pieces)) as finished:
        for _ in finished:
            pass
    return [run.figure(piece.table) for piece in pieces]


def _is_stale(run, figure):
    paths = [run.data(table) for table in figure.tables]
    newest = max(path.stat().st_mtime_ns for path in paths if path.exists())
    path = run.figure(figure.name)
    return not path.exists() or path.stat().st_mtime_ns < newest


def draw(name, function, path, config, *tables):
    getattr(studies.part(name, "draw"), function)(path, config, *tables)
