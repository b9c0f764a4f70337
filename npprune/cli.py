"""The command line: `npprune` runs the whole study; the subcommands run its parts.

Nothing heavy is imported until a command has been chosen, so that --help answers at once.

Exit status: 0 done; 1 something failed that is not in the user's hands, such as the network or
memory; 2 what the user gave cannot be used: a flag, a file, or a folder that cannot be written to
or is full; 130 stopped by Ctrl-C (the same command goes on where it was).

Results go to stdout, and what is said on the way to stderr: with --quiet errors alone, with
--verbose also what is read, written and found done already.

Read next: npprune/train.py.
"""

import codecs
import contextlib
import dataclasses
import os
import re
import sys
from importlib import import_module

from npprune import __version__
from npprune.errors import EnvironmentFailure, InputError
from npprune.flags import (
    Parser,
    add_data_flags,
    add_output_flags,
    add_run_folder,
    add_study_flags,
    given_path,
)

OWN_FLAGS = ("-h", "--help", "--version")
DEPENDENCIES = ("numpy", "scipy", "matplotlib")
ON_INTERRUPT = "stopped; the same command goes on where it was"
ON_MEMORY = "close other programs, raise the limit (ulimit -v)"
LONGEST_LINE = 2000  # characters of an error, which may quote a file


def main(arguments=None):
    """Run the command line; -> exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in OWN_FLAGS):
        arguments = ["reproduce", *arguments]  # the command that is meant when none is named
    return guard(_parser(), arguments)


def guard(parser, arguments):
    """Run the command that is asked for; what the user can understand becomes one line; -> status.

    The parser sets `command`, a function of the options.
    """
    _prepare_streams()
    try:
        options = parser.parse_args(arguments)
        _choose_level(options)
        options.command(options)
        sys.stdout.flush()
        return 0
    except KeyboardInterrupt:
        print(f"\nnpprune: {ON_INTERRUPT}", file=sys.stderr)
        return 130
    except InputError as error:
        return _fail(error, 2)
    except EnvironmentFailure as error:
        return _fail(error, 1)
    except ModuleNotFoundError as error:
        if not error.name or error.name.split(".")[0] not in DEPENDENCIES:
            raise
        return _fail(f"{error.name} is not installed: pip install {' '.join(DEPENDENCIES)}", 1)
    except ImportError as error:  # a library of another package that is damaged, or finds no room
        if (error.name or "").startswith("npprune"):
            raise
        return _fail(f"{error.name or 'a package'} cannot be loaded ({error}): {ON_MEMORY}", 1)
    except MemoryError as error:
        words = str(error) or "more was asked for than there is"
        return _fail(f"out of memory: {words}: {ON_MEMORY}, or give less --batch or --hidden", 1)
    except BrokenPipeError:
        # Whoever read the output, such as head, has left.  Python's last flush must not complain.
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return 1
    except OSError as error:  # too many open files, no room for processes, a disk that fails
        return _fail(error, 1)


def _prepare_streams():
    """Let whatever is printed be printable: no closed stream, no letter that a stream cannot hold.

    A stream that the shell has closed (`2>&-`) is None.
    """
    codecs.register_error("written out", _write_out)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        if hasattr(getattr(sys, name), "reconfigure"):  # not where a caller has put something else
            getattr(sys, name).reconfigure(errors="written out")


def _write_out(error):
    """Encode letters that a stream cannot hold: as UTF-8 where it is ASCII, as escapes elsewhere.

    A locale without letters is mostly one that nobody has chosen, on a terminal that has them.  The
    bytes of a path, which such a locale does not decode, come out as they were.
    """
    if codecs.lookup(error.encoding).name == "ascii" and "PYTHONIOENCODING" not in os.environ:
        with contextlib.suppress(UnicodeError):
            letters = error.object[error.start : error.end]
            return letters.encode("utf-8", "surrogateescape"), error.end
    return codecs.backslashreplace_errors(error)


def _fail(error, status):
    """Say in one printable line what is wrong, whatever a file may have put into it; -> status."""
    line = " ".join(str(error).split())[:LONGEST_LINE]
    line = re.sub("[\ud800-\udc7f\udd00-\udfff]", "?", line)  # no letters, nor bytes of a path
    line = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    print(f"npprune: {line}", file=sys.stderr)
    return status


def _choose_level(options):
    """Say as much on stderr as the flags ask for."""
    from npprune import progress

    quiet, verbose = (getattr(options, name, False) for name in ("quiet", "verbose"))
    progress.set_level(
        progress.QUIET if quiet else progress.VERBOSE if verbose else progress.NORMAL
    )


def _parser():
    parser = Parser(
        prog="npprune",
        usage="npprune [COMMAND] [flags]",
        description="What pruning does to a neural network, and what it buys, measured.",
        epilog="Without a command: reproduce, with any of its flags (npprune reproduce --help). "
        "Exit status: 0 done, 1 failed outside the program, 2 bad input or no place to write, "
        "130 stopped.",
    )
    parser.add_argument("--version", action="version", version=f"npprune {__version__}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, prog="npprune"
    )
    _add_studies(commands)
    _add_export(commands)
    for name, function, text in (
        ("figures", figures, "draw all figures again, from a run's data alone"),
        ("report", write_report, "write a run's report again, from its data and figures"),
    ):
        add_run_folder(_add(commands, name, function, text))
    _add_merge(commands)
    text = "say which data sets are here, check them, or fetch one"
    command = _add(commands, "data", data, text)
    add_data_flags(command)
    command.add_argument("--fetch", action="store_true", help="fill the cache from a mirror")
    return parser


def _add(commands, name, function, text):
    """Add a command, with the flags that all have; -> its parser."""
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(command=function, study=name)
    add_output_flags(command)
    return command


def _add_studies(commands):
    for name, function, text in (
        ("reproduce", reproduce, "the whole study: train, prune, time, draw, report (default)"),
        ("train", train, "train the networks"),
        ("prune", prune, "prune the trained networks at every sparsity"),
        ("time", time, "time the pruned networks in every format"),
        ("speed", study, "measure how near training and inference are to the machine's limits"),
        ("randomness", study, "is unit pruning random? at length, about an hour"),
        ("criteria", study, "which weights to cut? all scores, budgets, repairs; an hour a seed"),
        ("frontier", frontier, "how small and fast at what accuracy? about 10 minutes a seed"),
        ("locality", study, "does pruning find convolution? at length, about 10 minutes a seed"),
    ):
        add_study_flags(_add(commands, name, function, text))
    commands.choices["reproduce"].add_argument(
        "--full", action="store_true",
        help="every study at length, as published: hours for each seed",
    )  # fmt: skip
    commands.choices["frontier"].add_argument(
        "--recipe", type=given_path, action="append", default=[], metavar="FILE",
        help="add a network made by this recipe, a JSON file (may be given again)",
    )  # fmt: skip


def _add_export(commands):
    command = _add(commands, "export", export, "write a network of the frontier to one small file")
    add_run_folder(command)
    command.add_argument(
        "--to", type=given_path, required=True, metavar="FILE", help="where to write it"
    )
    command.add_argument(
        "--network", metavar="NAME",
        help="which one (default: the smallest within .001 of the dense one's accuracy)",
    )  # fmt: skip
    command.add_argument("--seed", type=int, metavar="N", help="of which seed (default: the best)")


def _add_merge(commands):
    text = "join the folders of runs that differ in nothing but their seeds, from several machines"
    command = _add(commands, "merge", merge, text)
    command.add_argument(
        "folders", type=given_path, nargs="+", metavar="FOLDER", help="folder of a run"
    )
    command.add_argument(
        "--out",
        type=given_path,
        required=True,
        metavar="DIR",
        help="new folder, or one to join them to",
    )


def open_run(options):
    """Load the data set and take over the run's folder; -> run, data set."""
    from npprune.data import datasets
    from npprune.lab.config import Config, apply_protocol, protocol_recipe
    from npprune.lab.run import Run
    from npprune.network.training import Recipe
    from npprune.progress import say

    for flag, given, least in (("--seed", options.seed, 0), ("--seeds", options.seeds, 1)):
        if given < least:
            raise InputError(f"{flag} {given}: give {least} or more")
    changes = {
        field.name: getattr(options, field.name)
        for field in dataclasses.fields(Recipe)
        if getattr(options, field.name) is not None
    }
    recipe = dataclasses.replace(protocol_recipe(options.protocol, options.quick), **changes)
    validation = 0 if options.protocol == "source" else options.validation
    dataset = datasets.load(options.dataset, options.data_dir, validation, announce=say)
    config = Config(
        dataset=dataset.name,
        validation=validation,
        protocol=options.protocol,
        quick=options.quick,
        seeds=tuple(range(options.seed, options.seed + options.seeds)),
        recipe=recipe,
        checksum=dataset.checksum,
    )
    run = Run(options.out, config)
    say(f"data: {dataset.name}, {dataset.source}")
    say(f"run:  {run.folder}")
    return run, apply_protocol(dataset, config)


def reproduce(options):
    """Run every study, draw, report."""
    from npprune import report
    from npprune.studies import pipeline

    if options.full and options.quick:
        raise InputError("--full --quick: give one of them")
    run, dataset = open_run(options)
    path = pipeline.reproduce(run, dataset, options.full)
    print(report.summary(run))
    print(f"report: {path}")


def train(options):
    """Train the networks of a run."""
    from npprune import report
    from npprune.studies import pipeline

    run, dataset = open_run(options)
    pipeline.train(run, dataset)
    print(report.training_summary(run))


def prune(options):
    """Prune the networks of a run, training them first if need be."""
    from npprune import report
    from npprune.studies import pipeline

    run, dataset = open_run(options)
    pipeline.prune(run, dataset)
    print(report.sparsity_summary(run))


def time(options):
    """Time the first network of a run, training and pruning it first if need be."""
    from npprune import report
    from npprune.studies import pipeline

    run, dataset = open_run(options)
    pipeline.time(run, dataset)
    print(report.timing_summary(run))


def study(options):
    """Run one of the longer studies in full; draw and say what came out."""
    from npprune.studies import pipeline

    run, dataset = open_run(options)
    getattr(pipeline, options.study)(run, dataset)
    _conclude(run, options.study)


def frontier(options):
    """Make, count and time the networks of the frontier, one's own recipes among them."""
    from npprune.pruning.recipe_language import read_recipe
    from npprune.studies import pipeline

    own = [read_recipe(path) for path in options.recipe]
    run, dataset = open_run(options)
    pipeline.frontier(run, dataset, own)
    _conclude(run, options.study)


def _conclude(run, name):
    """Draw the figures and print the tables of a study."""
    from npprune.studies import pipeline

    pipeline.figures(run)
    print(import_module(f"npprune.studies.{name}.report").summary(run))


def export(options):
    """Write a network of the frontier to a file of its own."""
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
    """Blame the records of a run for what goes wrong when they are all that is worked on."""
    try:
        yield
    except InputError:
        raise
    except (TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise InputError(
            f"{os.path.join(folder, 'data')}: its records do not fit together "
            f"({type(error).__name__}: {error}): delete the damaged file and run its study again"
        ) from error


def figures(options):
    """Draw a run's figures again."""
    from npprune.lab.run import Run
    from npprune.studies import pipeline

    with _read_from(options.out):
        for path in pipeline.figures(Run.open(options.out)):
            print(path)


def write_report(options):
    """Write a run's report again."""
    from npprune import report
    from npprune.lab.run import Run

    with _read_from(options.out):
        print(report.write(Run.open(options.out)))


def merge(options):
    """Join run folders."""
    from npprune.merge import merge

    run = merge(options.folders, options.out)
    seeds = ", ".join(map(str, run.config.seeds))
    print(f"{run.folder}: seeds {seeds}; draw it with npprune figures, then npprune report")


def data(options):
    """Say what data sets are found where, or fetch one."""
    from npprune.data import datasets
    from npprune.progress import say

    if options.fetch:
        print(datasets.fetch("mnist" if options.dataset == "auto" else options.dataset, say))
        return
    for place in datasets.places(options.dataset, options.data_dir):
        state = f"{len(place.missing)} of 4 files missing" if place.missing else "complete"
        print(f"{place.kind:12} {place.folder}  {state}")
    dataset = datasets.load(options.dataset, options.data_dir, options.validation, announce=say)
    height, width = dataset.image_shape
    print(f"{'loaded':12} {dataset.name}: {dataset.source}")
    print(
        f"{'':12} {len(dataset.train):,} training, {len(dataset.validation):,} validation, "
        f"{len(dataset.test):,} test images of {height} x {width}, {dataset.classes} classes"
    )
