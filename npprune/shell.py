"""What a shell sees of a command: one line for what is wrong, and an exit status.

    0    done
    1    something outside failed, such as the network or memory
    2    what the user gave cannot be used: a flag, a file, a folder
    130  stopped by Ctrl-C

Results go to stdout, messages to stderr.

Read next: npprune/cli.py.
"""

import codecs
import contextlib
import os
import re
import shlex
import sys

from npprune.errors import EnvironmentFailure, InputError

DEPENDENCIES = ("numpy", "scipy", "matplotlib")
ON_INTERRUPT = "stopped; the same command goes on where it was"
ON_MEMORY = "close other programs, raise the limit (ulimit -v)"
LONGEST_LINE = 2000  # characters of an error, which may quote a file


def guard(parser, arguments):
    """Run a command; errors that the user can understand become one line; -> status.

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
        cured = shlex.join([*parser.prog.split(), *arguments, *error.cure])
        return _fail(f"{error}: {cured}" if error.cure else error, 2)
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
    """Replace closed streams (`2>&-`), and letters that a stream cannot hold."""
    codecs.register_error("written out", _write_out)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        if hasattr(getattr(sys, name), "reconfigure"):  # not where a caller has put something else
            getattr(sys, name).reconfigure(errors="written out")


def _write_out(error):
    """Encode letters that a stream cannot hold: UTF-8 where it is ASCII, escapes elsewhere."""
    if codecs.lookup(error.encoding).name == "ascii" and "PYTHONIOENCODING" not in os.environ:
        with contextlib.suppress(UnicodeError):
            letters = error.object[error.start : error.end]
            return letters.encode("utf-8", "surrogateescape"), error.end
    return codecs.backslashreplace_errors(error)


def _fail(error, status):
    line = " ".join(str(error).split())[:LONGEST_LINE]
    line = re.sub("[\ud800-\udc7f\udd00-\udfff]", "?", line)  # no letters, nor bytes of a path
    line = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    print(f"npprune: {line}", file=sys.stderr)
    return status


def _choose_level(options):
    from npprune import progress

    quiet, verbose = (getattr(options, name, False) for name in ("quiet", "verbose"))
    progress.set_level(
        progress.QUIET if quiet else progress.VERBOSE if verbose else progress.NORMAL
    )
