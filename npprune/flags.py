"""The flags that commands share, and a parser that refuses in one line.

A flag that is not given is None: then the settings of the run's folder hold, else the defaults.

Read next: npprune/shell.py.
"""

import argparse
import difflib
import os
import re
import shlex

from npprune.errors import InputError

DATASETS = ("auto", "mnist", "fashion-mnist", "kmnist", "glyphs")
DEFAULT_OUT = "npprune-run"


class Parser(argparse.ArgumentParser):
    def error(self, message):
        """Raise InputError where argparse prints all its flags and exits."""
        raise InputError(f"{message}{self._suggestion(message)}: see --help")

    def parse_known_args(self, args=None, namespace=None):
        """Refuse unknown flags here, where a command knows its own and can suggest one."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def _suggestion(self, message):
        known = {*re.findall(r"--[a-z-]+", self.format_help())}
        known |= {*re.findall(r"'([a-z]+)'", message.partition("choose from")[2])}
        for word in re.findall(r"--?[\w-]+|(?<=choice: ')\w+", message.partition("(")[0]):
            if word not in known and (near := difflib.get_close_matches(word, known, 1)):
                return f" (do you mean {near[0]}?)"
        return ""


def given_path(text):
    """Put the home folder in place of ~; refuse an empty path, a shell variable that is not set."""
    if not text:
        raise argparse.ArgumentTypeError("is empty: give a path")
    path = os.path.expanduser(text)
    if path.startswith("~"):  # no such user, or no HOME as in many a container
        raise argparse.ArgumentTypeError(f"{text}: there is no such home folder: give another")
    return path


def add_run_folder(parser):
    parser.add_argument(
        "-o", "--out", type=given_path, default=DEFAULT_OUT, metavar="DIR",
        help="folder of the run (default: %(default)s)",
    )  # fmt: skip


def next_command(name, options):
    command = ["npprune", name]
    if options.data_dir and name != "report":  # which needs the records alone
        command += ["--data-dir", options.data_dir]
    if options.out != DEFAULT_OUT:
        command += ["--out", options.out]
    return shlex.join(command)


def add_output_flags(parser):
    level = parser.add_mutually_exclusive_group()
    level.add_argument("-v", "--verbose", action="store_true", help="say more, with the time")
    level.add_argument("-q", "--quiet", action="store_true", help="results and errors alone")


def add_data_flags(parser):
    group = parser.add_argument_group("data")
    group.add_argument(
        "--dataset", choices=DATASETS,
        help="default: auto, that is --data-dir, else MNIST from the cache or a mirror, else "
        "rendered digits",
    )  # fmt: skip
    group.add_argument(
        "--data-dir", type=given_path, metavar="DIR",
        help="folder with four IDX files (default: $NPPRUNE_DATA)",
    )  # fmt: skip
    group.add_argument(
        "--validation", type=int, metavar="N",
        help="keep the last N training images for validation (default: 5000 of 55000 or more, "
        "else a twelfth with every class in it)",
    )  # fmt: skip


def add_run_flags(parser, trains):
    """Add the flags of a run; --help shows those of the training recipe if it trains."""
    add_data_flags(parser)
    group = parser.add_argument_group("run (in a folder that holds one: its own, unless given)")
    add_run_folder(group)
    group.add_argument("--seed", type=int, metavar="N", help="the first seed (default: 0)")
    group.add_argument("--seeds", type=int, metavar="N", help="how many seeds (default: 1)")
    group.add_argument(
        "--quick", action="store_true", default=None, help="a trial: few images, two epochs"
    )
    group.add_argument(
        "--protocol", choices=("validation", "source"),
        help="source: Adam, 60,000 images, the test set also chooses, as the source report did "
        "(default: validation)",
    )  # fmt: skip
    _add_recipe_flags(parser, trains)


RECIPE = {
    "--hidden": ("N,N,...", "units of the hidden layers", "1000,1000,500,200"),
    "--epochs": ("N", "times through the training images", "8"),
    "--batch": ("N", "images in a step", "128"),
    "--learning-rate": ("X", "at the start", "0.2"),
    "--schedule": (("constant", "step", "cosine"), "how the rate falls", "cosine"),
    "--optimizer": (("sgd", "adam"), "", "sgd"),
    "--momentum": ("X", "of SGD", "0.9"),
    "--weight-decay": ("X", "share of a weight lost in a step, over the rate", "0.005"),
    "--initialization": (("he", "source"), "width of the initial weights", "he"),
}


def _add_recipe_flags(parser, shown):
    group = parser.add_argument_group("training recipe") if shown else parser
    kinds = {"N": int, "X": float, "N,N,...": _sizes}
    for flag, (values, words, default) in RECIPE.items():
        text = f"{words} (default: {default})".strip() if shown else argparse.SUPPRESS
        if isinstance(values, tuple):
            group.add_argument(flag, choices=values, help=text)
        else:
            group.add_argument(flag, type=kinds[values], metavar=values, help=text)
    text = "Nesterov's form of momentum" if shown else argparse.SUPPRESS
    group.add_argument("--nesterov", action="store_true", default=None, help=text)


def add_form_flags(parser, fields):
    if "sparsities" in fields:
        parser.add_argument(
            "--k", type=_fractions, dest="sparsities", metavar="X,X,...",
            help="fractions to prune, such as .9,.95 (default: twelve from 0 to 1)",
        )  # fmt: skip
    if "recipes" in fields:
        parser.add_argument(
            "--recipe", type=given_path, action="append", dest="recipes", metavar="FILE",
            help="add a network made by this pruning recipe, a JSON file (may be given again)",
        )  # fmt: skip


def _sizes(text):
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r}: give whole numbers with commas between, such as 1000,1000,500,200"
        ) from None


def _fractions(text):
    try:
        found = tuple(sorted({float(part) for part in text.split(",")}))
    except ValueError:
        found = (-1.0,)
    if not all(0 <= k <= 1 for k in found):
        raise argparse.ArgumentTypeError(
            f"{text!r}: give numbers from 0 to 1 with commas between, such as .9,.95"
        )
    return found
