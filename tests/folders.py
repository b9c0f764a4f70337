"""What is in the folder of a run, to compare it with another."""

import json

from npprune.lab.records import read_csv
from npprune.merge import known_tables
from npprune.network.checkpoint import load_checkpoint

# Columns that no two runs have in common.
TIMES = {cost for _, table in known_tables().values() for cost in (*table.costs, *table.times)}


def contents(folder):
    """All files of a folder, and their bytes."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def what_is_there(folder):
    """Everything in a run's folder but times: all networks, all records, all names of files."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.parent.name == "networks":
            found[name] = path.read_bytes()
        elif path.suffix == ".npz":
            groups, record = load_checkpoint(path)
            arrays = {key: [array.tobytes() for array in group] for key, group in groups.items()}
            found[name] = arrays, json.dumps(record | {"history": untimed(record["history"])})
        elif path.suffix == ".csv":
            found[name] = json.dumps(untimed(read_csv(path)))  # as text, since NaN is not NaN
        elif path.suffix in (".json", ".png", ".md", ".html"):
            found[name] = path.read_bytes() if path.name == "config.json" else ""
        elif path.is_file():
            found[name] = "left behind"
    return found


def untimed(rows):
    """The rows of a table without its columns of times."""
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows]
