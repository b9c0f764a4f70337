"""Measurements as rows: written whole, read back with their types.

A record is a dictionary, with a key for each column of a CSV file.  Floats are written so that
reading returns the same bits.

Read next: npprune/lab/environment.py.
"""

import csv
import io
import json
from operator import itemgetter

import numpy as np

from npprune.errors import InputError
from npprune.files import read_text, write_whole
from npprune.progress import VERBOSE, say

# Bytes of a file that is read; the largest that a run writes are a hundredth of it.
MOST_CSV, MOST_JSON = 1 << 28, 1 << 20
MOST_SHOWN = 100  # characters of a wrong value


class Record(dict):
    """A row of a CSV file; a missing column raises InputError, which names the file."""

    __slots__ = ("path",)

    def __missing__(self, column):
        raise InputError(
            f"{self.path}: has no column {str(column)!r}: move it away and run its study again"
        )


def write_csv(path, records):
    """Write records as CSV; raises InputError when their keys differ."""
    if any(row.keys() != records[0].keys() for row in records):
        raise InputError(
            f"{path}: its columns are not those of the records to be added: move it away "
            "and run its study again"
        )
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    write_whole(path, text.getvalue())
    say(f"{path}: {len(records)} records written", VERBOSE)


def read_csv(path):
    """Read records that write_csv wrote; whatever looks like a number becomes one.

    Raises InputError when the file is missing or a row does not fit.
    """
    text = read_text(path, MOST_CSV, "run the study that writes it first")
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except csv.Error as error:
        raise InputError(
            f"{path}: cannot be read as CSV ({error}): move it away and run again"
        ) from error
    names = lines[0] if lines else []
    if not names or len(set(names)) < len(names):
        raise InputError(f"{path}: its first line does not name its columns: move it away")
    records = []
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(names):
            raise InputError(
                f"{path}, line {number}: its columns are not the header's: move it away"
            )
        records.append(Record(zip(names, map(_typed, line), strict=True)))
        records[-1].path = path
    for name, values in zip(names, columns(records, *names), strict=True):
        _check_column(path, name, values)
    return records


def _check_column(path, name, values):
    words = [value for value in values if isinstance(value, str) and value]
    numbers = [value for value in values if not isinstance(value, str)]
    if words and (numbers or name == "seed"):
        raise InputError(
            f"{path}: {words[0][:MOST_SHOWN]!r} is no number, in the column {name!r}: move it away "
            "and run its study again"
        )


def _typed(text):
    for kind in (float,) if "." in text else (int, float):  # a failed try costs most of the time
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def write_json(path, value):
    write_whole(path, json.dumps(value, indent=2) + "\n")


def read_json(path):
    """Read a JSON file; raises InputError when it is missing or damaged."""
    text = read_text(
        path, MOST_JSON, "name the folder of a run, or start one: npprune --out FOLDER"
    )
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error})") from error


def select(records, **values):
    for name, value in values.items():  # one column after the other: a third of the time
        records = [record for record in records if record[name] == value]
    return list(records)


def columns(records, *names):
    """The values of some columns, a list for each."""
    return [[record[name] for record in records] for name in names]


def mean_by(records, key, value):
    """Mean and standard deviation of the column `value` for each `key`.

    -> sorted keys, means, deviations (arrays; deviation 0 for a single record)
    """
    values = {k: columns(rows, value)[0] for k, rows in groups(records, key).items()}
    keys = sorted(values)
    means = np.array([np.mean(values[k]) for k in keys])
    deviations = np.array([np.std(values[k], ddof=min(1, len(values[k]) - 1)) for k in keys])
    return keys, means, deviations


def groups(records, *columns):
    """Group by columns, in order of first appearance: {value, or tuple of values: records}."""
    found, values = {}, itemgetter(*columns)
    for record in records:
        found.setdefault(values(record), []).append(record)
    return found


def place(columns, listed):
    """Return a sort key: by these columns, some in a listed order.

    listed {column: values}; values not listed come last.
    """
    places = {name: {value: i for i, value in enumerate(listed[name])} for name in listed}

    def place_of(row):
        return [
            places[name].get(row[name], len(places[name])) if name in places else row[name]
            for name in columns
        ]

    return place_of
