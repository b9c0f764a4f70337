"""The command line: `npprune` runs the whole study; the subcommands run its parts.

The commands of studies come from npprune/studies/__init__.py.  Nothing heavy is imported until a
command is chosen, so that --help answers at once.
"""

import argparse
import contextlib
import os
import sys

from npprune import __version__, studies
from npprune.errors import InputError
from npprune.flags import (
    Parser,
    add_data_flags,
    add_form_flags,
    add_output_flags,
    add_run_flags,
    add_run_folder,
    given_path,
    next_command,
)
from npprune.shell import guard

OWN_FLAGS = ("-h", "--help", "--version")
EPILOG = """\
Without a command: reproduce, with any of its flags (npprune reproduce --help).
A command in a folder that holds a run goes on with that run's settings.
Exit status: 0 done, 1 failed outside the program, 2 bad input or no place to write, 130 stopped."""


def main(arguments=None):
    """Run the command line; -> exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    elif not arguments or (arguments[0].startswith("-") and arguments[0] not in OWN_FLAGS):
        arguments = ["reproduce", *arguments]  # the command that is meant when none is named
    return guard(_parser(), arguments)


def _parser():
    parser = Parser(
        prog="npprune",
        usage="npprune [COMMAND] [flags]",
        description="What pruning does to a neural network, and what it buys, measured.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"npprune {__version__}")
    commands = parser.add_subparsers(
        metavar="COMMAND", required=True, prog="npprune", help=argparse.SUPPRESS
    )
    text = "all of it: train, prune, time, the short studies, figures, report (default)"
    listed = {"": [_add_reproduce(commands, text)]}
    listed["questions, each answered by a command of its own"] = _add_studies(commands)
    listed["files"] = [
        _add_export(commands),
        _add_merge(commands),
        _add_folder(commands, "figures", figures, "draw all figures again, from a run's records"),
        _add_folder(commands, "report", write_report, "write a run's report again"),
        _add_data(commands),
    ]
    lines = [
        "\n".join([f"{title}:" if title else "everything:", *(f"  {n:11} {t}" for n, t in rows)])
        for title, rows in listed.items()
    ]
    parser.epilog = "\n\n".join([*lines, EPILOG])
    return parser


def _add(commands, name, function, text):
    command = commands.add_parser(name, description=f"{text[0].upper()}{text[1:]}.")
    command.set_defaults(command=function, study=name, fields=())
    add_output_flags(command)
    return command


def _add_reproduce(commands, text):
    command = _add(commands, "reproduce", reproduce, text)
    add_run_flags(command, trains=True)
    command.add_argument(
        "--full", action="store_true",
        help="every study at length, as published: hours for each seed",
    )  # fmt: skip
    return "reproduce", text


def _add_studies(commands):
    rows = []
    for name in studies.STUDIES:
        asked = studies.study(name)
        if not asked.forms:
            continue
        text = f"{asked.question} ({asked.takes})" if asked.takes else asked.question
        command = _add(commands, name, study, text)
        command.set_defaults(fields=asked.flags)
        add_form_flags(command, asked.flags)
        add_run_flags(command, trains=asked.trains)
        rows.append((name, text))
    return rows


def _add_folder(commands, name, function, text):
    add_run_folder(_add(commands, name, function, text))
    return name, text


def _add_export(commands):
    text = "write a network of the frontier to one small file"
    command = _add(commands, "export", export, text)
    add_run_folder(command)
    command.add_argument(
        "--to", type=given_path, required=True, metavar="FILE", help="where to write it"
    )
    command.add_argument(
        "--network", metavar="NAME",
        help="which one (default: the smallest within .001 of the dense one's accuracy)",
    )  # fmt: skip
    command.add_argument("--seed", type=int, metavar="N", help="of which seed (default: the best)")
    return "export", text


def _add_merge(commands):
    text = "join the folders of runs that differ in nothing but their seeds"
    command = _add(commands, "merge", merge, text)
    command.add_argument(
        "folders", type=given_path, nargs="+", metavar="FOLDER", help="folder of a run"
    )
    command.add_argument(
        "-o", "--out", type=given_path, required=True, metavar="DIR",
        help="new folder, or one to join them to",
    )  # fmt: skip
    return "merge", text


def _add_data(commands):
    text = "say which data sets are here, check them, or fetch one"
    command = _add(commands, "data", data, text)
    add_data_flags(command)
    command.add_argument("--fetch", action="store_true", help="fill the cache from a mirror")
    return "data", text


def reproduce(options):
    if options.full and options.quick:
        raise InputError("--full --quick: give one of them")
    from npprune import driver, report
    from npprune.lab.opening import open_run

    run, dataset = open_run(options)
    path = driver.reproduce(run, dataset, options.full)
    print(report.summary(run, driver.basic()))
    print(f"report: {path}")


def study(options):
    """Run one study, after those that it needs; draw it and print what came out."""
    from npprune import driver, report
    from npprune.lab.opening import open_run
    from npprune.progress import say

    changes = {name: getattr(options, name) for name in options.fields}
    changes = {name: value for name, value in changes.items() if value is not None}
    run, dataset = open_run(options)
    mode = "trial" if run.config.quick else "full"
    if not driver.measure(run, dataset, options.study, mode, **changes):
        say(f"{options.study}: measured before: nothing to do (--out NEW to measure again)")
    drawn = driver.figures(run, [options.study])
    print(report.summary(run, [options.study]))
    trained = run.config.seeds if studies.study(options.study).trains else []
    for path in [*map(run.checkpoint, trained), *drawn]:
        say(f"written: {path}")
    say(f"next: {next_command(studies.after(options.study), options)}")


def export(options):
    from npprune.lab.page import markdown
    from npprune.lab.run import Run
    from npprune.studies.frontier.deploy import deploy, layer_table

    with _read_from(options.out):
        row = deploy(Run.open(options.out), options.to, options.network, options.seed)
    print(markdown([layer_table(options.to)]))
    print(
        f"{options.to}: {row['name']}, seed {row['seed']}: {row['bytes']:,} bytes, "
        f"{row['parameters']:,} weights, test accuracy {row['test_accuracy']:.4f}"
    )


@contextlib.contextmanager
def _read_from(folder):
    """Blame a run's records for errors where nothing else is read."""
    try:
        yield
    except InputError:
        raise
    except (TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise InputError(
            f"{os.path.join(folder, 'data')}: its records do not fit together "
            f"({type(error).__name__}: {error}): move the damaged file away and run its study again"
        ) from error


def figures(options):
    from npprune import driver
    from npprune.lab.run import Run

    with _read_from(options.out):
        for path in driver.figures(Run.open(options.out)):
            print(path)


def write_report(options):
    from npprune import driver, report
    from npprune.lab.run import Run

    run = Run.open(options.out)
    with _read_from(options.out):
        driver.figures(run, again=False)
        print(report.write(run))


def merge(options):
    from npprune import driver, report
    from npprune.merge import merge

    run = merge(options.folders, options.out)
    print(f"{run.folder}: seeds {', '.join(map(str, run.config.seeds))}")
    with _read_from(options.out):
        driver.figures(run)
        print(f"report: {report.write(run)}")


def data(options):
    from npprune.data import datasets
    from npprune.progress import say

    name = options.dataset or "auto"
    if options.fetch:
        print(datasets.fetch("mnist" if name == "auto" else name, say))
        return
    for place in datasets.places(name, options.data_dir):
        state = f"{len(place.missing)} of 4 files missing" if place.missing else "complete"
        print(f"{place.kind:12} {place.folder}  {state}")
    dataset = datasets.load(name, options.data_dir, options.validation, announce=say)
    height, width = dataset.image_shape
    print(f"{'loaded':12} {dataset.name}: {dataset.source}")
    print(
        f"{'':12} {len(dataset.train):,} training, {len(dataset.validation):,} validation, "
        f"{len(dataset.test):,} test images of {height} x {width}, {dataset.classes} classes"
    )
