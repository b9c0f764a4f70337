"""The flags that several commands have, and a parser that refuses in one line.

The defaults of a recipe are its protocol's (npprune/network/training.py), so a flag that is not
given is None here and leaves them as they are.  Nothing heavy is imported.

Read next: npprune/cli.py.
"""

import argparse

from npprune.errors import InputError

DATASETS = ("auto", "mnist", "fashion-mnist", "kmnist", "glyphs")
DEFAULT_OUT = "npprune-run"


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong, as all of the program does."""

    def error(self, message):
        """Raise InputError where argparse prints all its flags and exits."""
        raise InputError(f"{message}: see --help")


def given_path(text):
    """Refuse an empty path: it is a shell variable that is not set, and would mean this folder."""
    if not text:
        raise argparse.ArgumentTypeError("is empty: give a path")
    return text


def add_run_folder(parser):
    """Add the flag that names the folder of a run."""
    parser.add_argument(
        "--out", type=given_path, default=DEFAULT_OUT, metavar="DIR",
        help="folder of the run (default: %(default)s)",
    )  # fmt: skip


def add_output_flags(parser):
    """Add the flags that say how much is said."""
    level = parser.add_mutually_exclusive_group()
    level.add_argument("--verbose", action="store_true", help="say more, with the time")
    level.add_argument("--quiet", action="store_true", help="say nothing but errors")


def add_data_flags(parser):
    """Add the flags that choose a data set."""
    group = parser.add_argument_group("data")
    group.add_argument(
        "--dataset", choices=DATASETS, default="auto",
        help="auto: --data-dir, else MNIST from the cache or a mirror, else rendered digits",
    )  # fmt: skip
    group.add_argument(
        "--data-dir", type=given_path, metavar="DIR",
        help="folder with four IDX files (default: $NPPRUNE_DATA)",
    )  # fmt: skip
    group.add_argument(
        "--validation", type=int, default=5000, metavar="N",
        help="training images, the last ones, kept for validation (default: 5000)",
    )  # fmt: skip


def add_study_flags(parser):
    """Add the flags that say what is run, and those that change the recipe of training."""
    add_data_flags(parser)
    group = parser.add_argument_group("run")
    add_run_folder(group)
    group.add_argument("--seed", type=int, default=0, metavar="N", help="first seed (default: 0)")
    group.add_argument("--seeds", type=int, default=1, metavar="N", help="how many (default: 1)")
    group.add_argument("--quick", action="store_true", help="everything, small: about a minute")
    group.add_argument(
        "--protocol", choices=("validation", "source"), default="validation",
        help="source: Adam, 60,000 images, the test set also chooses, as the source report did",
    )  # fmt: skip
    group = parser.add_argument_group("recipe (the defaults are the protocol's)")
    group.add_argument("--epochs", type=int, metavar="N")
    group.add_argument("--batch", type=int, metavar="N")
    group.add_argument("--learning-rate", type=float, metavar="X")
    group.add_argument("--schedule", choices=("constant", "step", "cosine"))
    group.add_argument("--optimizer", choices=("sgd", "adam"))
    group.add_argument("--momentum", type=float, metavar="X")
    group.add_argument("--nesterov", action="store_true", default=None)
    group.add_argument("--weight-decay", type=float, metavar="X")
    group.add_argument("--initialization", choices=("he", "source"))
    group.add_argument(
        "--hidden", type=_sizes, metavar="N,N,...", help="units of the hidden layers"
    )


def _sizes(text):
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r}: give whole numbers with commas between, such as 1000,1000,500,200"
        ) from None
