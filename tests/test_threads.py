"""Work in processes whose BLAS has one thread."""

import os
import subprocess
import sys
import time

import pytest

from npprune.errors import EnvironmentFailure
from npprune.threads import VARIABLES, cores, single_threaded_processes


def test_cores_are_those_this_process_may_use():
    assert 1 <= cores() <= os.cpu_count()


def test_a_process_is_told_one_thread_and_this_one_keeps_its_settings(monkeypatch):
    monkeypatch.setenv(VARIABLES[0], "7")
    monkeypatch.delenv(VARIABLES[1], raising=False)
    with single_threaded_processes() as executor:
        told = [executor.submit(os.getenv, name).result() for name in VARIABLES]
    assert told == ["1"] * len(VARIABLES)
    assert os.environ[VARIABLES[0]] == "7"
    assert VARIABLES[1] not in os.environ


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_a_parent_that_is_killed_takes_its_processes_along(interpreter):
    """They hold its end of the pipe, so the output is at its end only when all are gone."""
    program = (
        "import os, time\n"
        "from npprune.threads import single_threaded_processes\n"
        "with single_threaded_processes(2) as processes:\n"
        "    print(len([processes.submit(time.sleep, 600) for _ in range(2)]))\n"
        "    processes.submit(os.getpid)\n"
        "    time.sleep(0.5)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = interpreter("-uc", program)
    assert (done.returncode, done.stdout) == (-9, "2\n")


UNGUARDED = """
import os, sys
from npprune.threads import single_threaded_processes
with single_threaded_processes(2) as processes:
    futures = [processes.submit(os.getenv, "OMP_NUM_THREADS") for _ in range(3)]
    print([future.result() for future in futures])
print(sys.modules["__main__"].__dict__.get("__file__", "nothing"))
"""


@pytest.mark.parametrize("how", ["a file", "standard input", "-c", "a module"])
def test_a_script_without_a_guard_is_not_run_again_in_each_process(how, interpreter, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(UNGUARDED)
    program, *words = {
        "a file": ("", path),
        "standard input": (UNGUARDED, "-"),
        "-c": ("", "-c", UNGUARDED),
        "a module": ("", "-m", "script"),
    }[how]
    done = interpreter(*words, input=program, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    answers, file = done.stdout.splitlines()
    assert answers == str(["1"] * 3)
    assert file == {"standard input": "<stdin>", "-c": "nothing"}.get(how, str(path))


VANISHING = """
import os, sys, time
from npprune.errors import EnvironmentFailure
from npprune.threads import single_threaded_processes
when, gone = sys.argv[1:]
def vanish(now):
    if when == now: os.rename(gone, gone + "-not")
try:
    vanish("first")
    with single_threaded_processes() as processes:
        processes.submit(os.getpid).result()
    vanish("between")
    with single_threaded_processes(2) as processes:
        busy = processes.submit(time.sleep, 0.5)
        vanish("within")
        for future in [processes.submit(os.getpid) for _ in range(4)]:
            future.result()
except EnvironmentFailure as failure:
    print(failure)
"""


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be renamed elsewhere")
@pytest.mark.parametrize("when", ["first", "between", "within"])
@pytest.mark.parametrize("what", ["interpreter", "environment"])
def test_an_interpreter_that_vanishes_is_named(what, when, interpreter, tmp_path):
    """As when the environment is rebuilt while a study runs."""
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    gone = python if what == "interpreter" else environment
    done = interpreter("-c", VANISHING, when, gone, python=python)
    assert done.returncode == 0, done.stderr
    assert f"{python} is not there" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files as Linux does")
def test_a_process_that_cannot_be_started_is_an_end_and_no_wait():
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        with single_threaded_processes(4) as processes:
            processes.submit(time.sleep, 0.2)
            few = len(os.listdir("/proc/self/fd")) + 3
            resource.setrlimit(resource.RLIMIT_NOFILE, (few, before[1]))
            with pytest.raises(EnvironmentFailure, match="could not be started"):
                any(processes.submit(time.sleep, 0) is None for _ in range(4))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_process_that_is_ended_is_named():
    def work():
        with single_threaded_processes() as processes:
            processes.submit(os._exit, 7).result()

    with pytest.raises(EnvironmentFailure, match=r"worker process.*ended"):
        work()
