"""What a shell sees of a command: one line for what is wrong, and an exit status.

    0    done
    1    something failed that is not in the user's hands, such as the network or memory
    2    what the user gave cannot be used: a flag, a file, or a folder that cannot be written to
    130  stopped by Ctrl-C (the same command goes on where it was)

Results go to stdout, and what is said on the way to stderr: with --quiet errors alone, with
--verbose also what is read, written and found done already.

Read next: npprune/cli.py.
"""

import os
import sys
from concurrent.futures import BrokenExecutor

from npprune.errors import EnvironmentFailure, InputError

DEPENDENCIES = ("numpy", "scipy", "matplotlib")
ON_RETRY = "the same command goes on where it was"
ON_INTERRUPT = f"stopped; {ON_RETRY}"
LONGEST_LINE = 2000  # characters of an error, which may quote a file


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
    except BrokenExecutor:
        return _fail(f"a worker process was ended from outside, or lacked memory: {ON_RETRY}", 1)
    except MemoryError as error:
        return _fail(f"out of memory: {error}", 1)
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
    """Let whatever is printed be printable: no closed stream, no letter that stdout cannot hold.

    A stream that the shell has closed (`2>&-`) is None.  stderr writes escapes by itself.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    if hasattr(sys.stdout, "reconfigure"):  # not where a caller has put something else
        sys.stdout.reconfigure(errors="backslashreplace")


def _fail(error, status):
    """Say in one printable line what is wrong, whatever a file may have put into it; -> status."""
    line = " ".join(str(error).split())[:LONGEST_LINE]
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
