"""A run: one folder, one configuration, and what is there already.

    config.json        what was asked for
    environment.json   the machine; if there were several, what each measured
    checkpoints/       one network for each seed
    data/*.csv         measurements
    figures/*.png      drawn from data/

The same configuration continues the run, another one is refused; only seeds may be added.  One
process at a time works in a folder; drawing and reporting take no lock.

Read next: npprune/lab/opening.py.
"""

import dataclasses
import itertools
from pathlib import Path

from npprune.errors import InputError
from npprune.files import remove_partials
from npprune.lab.config import differences, read_config
from npprune.lab.environment import about, credit, environment, is_machine
from npprune.lab.lock import hold
from npprune.lab.records import read_csv, read_json, select, write_csv, write_json
from npprune.progress import VERBOSE, say

# What a run writes beside its config.json.
OWN = ("environment.json", "checkpoints", "data", "figures", "networks", "report.md", "report.html")


def is_begun(folder):
    """Say whether a run has left anything in a folder."""
    return any((Path(folder) / part).exists() for part in ("checkpoints", "data", "networks"))


class Run:
    def __init__(self, folder, config):
        """Take over a folder without results or with this configuration.

        Raises InputError when it has another one, is in use, or cannot be written.
        """
        self.folder, self.config, self._parts, self._tables = Path(folder), config, set(), {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{folder}: cannot be written ({error.strerror}): choose another folder"
            ) from error
        self._lock = hold(folder)
        try:
            self._take_over()
        except BaseException:
            del self._lock  # an error may outlive this call, and this object with it
            raise

    def _take_over(self):
        path, self.here = self.folder / "config.json", environment()
        begun = is_begun(self.folder)
        if path.exists():
            before = read_config(path)
            if begun:  # a run that was refused before it did anything owns nothing
                self._check(before)
        else:
            self._check_free()
        for part in ("", "checkpoints", "data", "figures", "networks"):
            remove_partials(self.folder / part)
        write_json(path, self.config.as_json())
        if begun and (self.folder / "environment.json").exists():
            self.machines()  # refused before anything is measured, if it is none
        else:
            write_json(self.folder / "environment.json", self.here)
        say(f"{self.folder}: {'going on' if begun else 'begun'}", VERBOSE)

    @classmethod
    def open(cls, folder):
        """Open an earlier run's folder, only to draw or to report."""
        run = cls.__new__(cls)
        run.folder, run._parts, run._tables = Path(folder), set(), {}
        run.config = read_config(run.folder / "config.json")
        return run

    def inner(self):
        """The runs in subfolders."""
        return [Run.open(path.parent) for path in sorted(self.folder.glob("*/config.json"))]

    def _check(self, before):
        asked = self.config
        if set(before.seeds) <= set(asked.seeds):
            asked = dataclasses.replace(asked, seeds=before.seeds)
        found = [f"{name} was {old}, now {new}" for name, old, new in differences(before, asked)]
        if found:
            self._refuse(f"holds another run ({'; '.join(found)}): give what it was made with, or")

    def _check_free(self):
        taken = [name for name in OWN if (self.folder / name).exists()]
        if taken:
            self._refuse(
                f"is no run's folder and holds {', '.join(taken)}, which a run writes: give"
            )

    def _refuse(self, why):
        names = (Path(f"{self.folder}-{n}") for n in itertools.count(2))
        free = next(name for name in names if not name.exists())
        raise InputError(f"{self.folder}: {why} another folder with --out", cure=["--out", free])

    def machines(self):
        """Environment records of the machines that made the run.

        If there were several, "measured" says what each measured: {table: seeds}.
        """
        path = self.folder / "environment.json"
        record = read_json(path)
        machines = record.get("machines", [record]) if isinstance(record, dict) else []
        if not machines or not all(map(is_machine, machines)):
            raise InputError(f"{path}: does not say what a run was made on: move it away")
        return machines

    def checkpoint(self, seed):
        return self._path("checkpoints", f"seed-{seed}.npz")

    def figure(self, name):
        return self._path("figures", f"{name}.png")

    def data(self, name):
        return self._path("data", f"{name}.csv")

    def _path(self, part, name):
        advice = "put it back and start the same command again"
        if not (self.folder / "config.json").exists():
            raise InputError(
                f"{self.folder}: has vanished, or its config.json has, while the run was at work: "
                f"{advice}"
            )
        if (self.folder / part).exists():
            self._parts.add(part)
        elif part in self._parts:
            raise InputError(
                f"{self.folder / part}: has vanished while the run was at work: {advice}"
            )
        return self.folder / part / name

    def read(self, name):
        """A table's records, [] if there are none.  Do not change them: they stay in memory."""
        path = self.data(name)
        if not path.exists():
            return []
        state = path.stat()
        file = state.st_ino, state.st_mtime_ns, state.st_size
        if name not in self._tables or self._tables[name][0] != file:
            self._tables[name] = file, read_csv(path)
        return list(self._tables[name][1])

    def has(self, name, **key):
        found = select(self.read(name), **key)
        if found:
            said = ", ".join(f"{column} {value}" for column, value in key.items())
            say(f"{self.data(name)}: holds {len(found)} records of {said}", VERBOSE)
        return bool(found)

    def add(self, name, key, rows, place=None):
        """Put a piece's records into a table, in place of its old ones.

        key {column: value} names the piece and begins its rows; place(row) is the sort key, by
        default the key's columns.  Records of another form are removed.
        """
        if not rows:  # such as those of layers that a small network does not have
            return
        others = [
            row
            for row in self.read(name)
            if row.get("form") == key.get("form")
            and any(row[column] != value for column, value in key.items())
        ]
        place = place or (lambda row: [row[column] for column in key])
        rows = [row if key.keys() <= row.keys() else key | row for row in rows]
        self._credit(name, {key["seed"]} if "seed" in key else set())
        self.write(name, sorted(others + rows, key=place))

    def _credit(self, name, seeds):
        """Name this machine where others are named."""
        machines = self.machines()
        if [about(machine) for machine in machines] == [self.here]:
            return
        if "measured" not in machines[0]:
            tables = sorted(path.stem for path in (self.folder / "data").glob("*.csv"))
            found = {table: [row for row in self.read(table) if "seed" in row] for table in tables}
            machines[0]["measured"] = {t: sorted({row["seed"] for row in found[t]}) for t in tables}
        for machine in machines:  # what is measured anew is no longer theirs
            left = {*machine["measured"].pop(name, ())} - seeds
            machine["measured"] |= {name: sorted(left)} if left else {}
        credit(machines, self.here, {name: seeds})
        write_json(self.folder / "environment.json", {"machines": machines})

    def write(self, name, rows):
        if rows:
            write_csv(self.data(name), rows)
