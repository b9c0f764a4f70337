"""Die at chosen points: what tests ask of a process of their own (the fixture `apart`).

Every death is that of a forked process, which spares the second that importing takes.  Either it
is killed from outside at a random moment, or it kills itself at the n-th call of one of the
functions of `os` that change a file or come around such a change, for n = 0, 1, 2, ...  The next
process must find all that was finished, and end as if nothing had happened.  What is not a death
but a refusal, of a full disk or too many files, must be said in one line, and lose as little.

Each function returns how many deaths or refusals there were.  The long studies are cut to a tiny
form and, where workers are not asked for, do all their pieces in the process that dies.
"""

import errno
import io
import itertools
import os
import random
import resource
import shutil
import signal
import sys
import time
import traceback

import numpy as np
from at_once import AtOnce
from folders import what_is_there
from tiny import tiny_studies

from npprune import cli, driver
from npprune.lab.environment import environment
from npprune.network.checkpoint import load_checkpoint, save_checkpoint
from npprune.threads import single_threaded_processes

CALLS = ("open", "mkdir", "link", "replace", "unlink", "chmod", "fsync", "close", "stat", "write")
LONGEST = 1800  # seconds that a process may take
TRACEBACK = 3  # exit status of an error that should not be


def before(n, names, act):
    """Do something before the n-th call of some functions of os, and before every later one."""
    calls = itertools.count()

    def preceded(call):
        def counted(*arguments, **options):
            if next(calls) >= n:
                act(call, arguments)
            return call(*arguments, **options)

        return counted

    for name in names:
        setattr(os, name, preceded(getattr(os, name)))


def die_at(n):
    """End this process at the n-th call."""
    before(n, CALLS, lambda *call: signal.raise_signal(signal.SIGKILL))


def die_after_bytes(n):
    """Let the kernel end this process in the middle of a write, when a file gets n bytes long."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n, n))


def full_at(n):
    """Let nothing be written to the disk any more from the n-th call on."""

    def full(call, arguments):
        if call is not opens or arguments[1] & (os.O_CREAT | os.O_WRONLY):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    opens = os.open
    before(n, ("open", "mkdir", "link", "replace", "fsync"), full)


def few_files(n):
    """Let this process have no more than n files open, and n is small."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))


def in_a_child(work, die=None, n=0, moment=None):
    """Fork, and do the work there, or die of it; -> exit status, and what it had told.

    It dies of die(n), or of SIGKILL after so many seconds.  Told is also what went to stderr if
    the status is neither 0 nor that of a death.
    """
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(LONGEST)
        status, write = TRACEBACK, os.write  # not one of the calls to die at
        sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
        try:
            if die:
                die(n)
            status = work(lambda text: write(theirs, text.encode())) or 0
        except BaseException:
            traceback.print_exc()
        if status:
            write(theirs, sys.stderr.getvalue().encode())
        os._exit(status)
    os.close(theirs)
    if moment is not None:
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(ours) as told:
        text = told.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 1, 2, -signal.SIGKILL, -signal.SIGXFSZ), (status, text)
    return status, text


def save_points(folder):
    """Die at every point of three savings: what was told to be saved must be there."""
    path = folder / "net.npz"
    arrays = [np.full((40, 40), epoch, np.float32) for epoch in range(4)]

    def savings(tell):
        for epoch in (1, 2, 3):
            save_checkpoint(path, {"weights": [arrays[epoch]]}, epoch)
            tell(str(epoch))

    def dies(die, n):
        shutil.rmtree(folder, ignore_errors=True)
        save_checkpoint(path, {"weights": [arrays[0]]}, 0)
        status, told = in_a_child(savings, die, n)
        groups, found = load_checkpoint(path)
        assert found >= int(told[-1:] or 0), (die, n, found, told)
        assert (groups["weights"][0] == arrays[found]).all()
        return status != 0

    deaths = sum(dies(die_after_bytes, n) for n in range(0, 8000, 331))
    return deaths, next(n for n in itertools.count() if not dies(die_at, n))


def command(folder, arguments, executor=AtOnce):
    """The work of running a command of npprune with its output in a folder."""
    tiny_studies()
    driver.figures = lambda *given: []
    driver.single_threaded_processes = executor
    environment()  # imports what it asks
    return lambda tell: cli.main([*map(str, [*arguments, "--out", folder])])


def run_points(folder, arguments, step, die=die_at):
    """Let a command end at every step-th point: begun again, it ends as it always would."""
    run = command(folder, arguments)
    expected, _ = undisturbed(run, folder)
    deaths, status = 0, None
    while status != 0:
        shutil.rmtree(folder)
        folder.mkdir()
        status, told = in_a_child(run, die, deaths * step)
        if status > 0:
            check_refusal(folder, told)
        assert in_a_child(run)[0] == 0
        compare(folder, expected)
        deaths += status != 0
    return deaths


def check_refusal(folder, told):
    """A refusal is one line, the last one, and leaves nothing half done behind."""
    lines = told.splitlines()
    assert [line for line in lines if line.startswith("npprune: ")] == [lines[-1]], told
    assert not list(folder.rglob(".*")), told
    what_is_there(folder)  # can be read, all of it


def moments(folder, arguments, deaths, executor=AtOnce):
    """Be killed at random moments of a command, and go on, until so many deaths."""
    run = command(folder, arguments, executor)
    expected, seconds = undisturbed(run, folder)
    rng, died = random.Random(1), 0
    shutil.rmtree(folder)
    while died < deaths:
        status, _ = in_a_child(run, moment=rng.uniform(0, seconds))
        died += status != 0
        if status == 0 or died == deaths:
            assert in_a_child(run)[0] == 0
            compare(folder, expected)
            shutil.rmtree(folder)
    return died


def undisturbed(run, folder):
    """Run to the end once; -> what is there then, and how many seconds it took."""
    start = time.monotonic()
    status, told = in_a_child(run)
    assert status == 0, told
    return what_is_there(folder), time.monotonic() - start


def compare(folder, expected):
    """Stop, with the names of the files, if a folder does not hold what is expected."""
    found = what_is_there(folder)
    differ = {name for name in found | expected if found.get(name) != expected.get(name)}
    assert not differ, differ


def workers(folder, arguments, deaths):
    """Be killed at random moments of a command that has processes at work."""
    return moments(folder, arguments, deaths, single_threaded_processes)
