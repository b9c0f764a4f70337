"""What the tests of deaths and refusals share."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

POINTS = Path(__file__).with_name("points.py")
LONGEST = 1800  # seconds


@pytest.fixture(scope="session")
def points(elsewhere, tmp_path_factory):
    """Ask points.py, which is started once for all tests; -> what it printed."""
    command = [sys.executable, POINTS, "serve"]
    path = os.pathsep.join([elsewhere["PYTHONPATH"], str(POINTS.parents[1])])
    environment = os.environ | elsewhere | {"PYTHONPATH": path}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as server:

        def points(*arguments):
            said = tmp_path_factory.mktemp("points") / "said"
            alarm = threading.Timer(LONGEST, server.kill)
            alarm.start()
            print(json.dumps([str(said), *map(str, arguments)]), file=server.stdin, flush=True)
            status = server.stdout.readline()
            alarm.cancel()
            assert status == "0\n", said.with_suffix(".err").read_text()
            return said.read_text().split()

        yield points
        server.stdin.close()
