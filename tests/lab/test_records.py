"""Records come back from CSV and JSON as they were, or not at all."""

import json
import math
import os

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.lab.environment import environment
from npprune.lab.records import mean_by, read_csv, read_json, select, write_csv, write_json

ROWS = [
    {"kind": "weight", "k": 0.1, "count": 3, "value": 1 / 3},
    {"kind": "unit", "k": 1e-300, "count": -1, "value": float(np.float32(0.1))},
    {"kind": 'a "quoted", word\nand another', "k": math.inf, "count": 10**18, "value": 5e-324},
]


def test_csv_gives_back_the_same_bits_and_types(tmp_path):
    write_csv(tmp_path / "x.csv", ROWS)
    found = read_csv(tmp_path / "x.csv")
    assert found == ROWS
    assert [list(map(type, row.values())) for row in found] == [[str, float, int, float]] * 3


def test_csv_is_plain_and_takes_numpy_numbers(tmp_path):
    row = {"kind": "weight", "k": np.float64(0.1), "value": np.float32(0.1), "n": np.int64(3)}
    write_csv(tmp_path / "x.csv", [row | {"third": 1 / 3}])
    content = (tmp_path / "x.csv").read_bytes()
    assert content == b"kind,k,value,n,third\nweight,0.1,0.1,3,0.3333333333333333\n"


def test_records_with_other_columns_are_not_mixed(tmp_path):
    with pytest.raises(InputError, match=r"x\.csv: its columns are not those"):
        write_csv(tmp_path / "x.csv", [{"a": 1}, {"a": 1, "b": 2}])
    assert not (tmp_path / "x.csv").exists()


DAMAGED = {
    "short": (b"a,b\n1,2\n3\n", "line 3"),
    "long": (b"a,b\n1,2,3\n", "line 2"),
    "no text": (b"a,b\n1,\xff\n", "cannot be read as text"),
    "open quote": (b'a,b\n1,"2\n', "cannot be read as CSV"),
    "twice": (b"a,a\n1,2\n", "first line"),
    "empty": (b"", "first line"),
    "seed": (b"seed,a\nx,1\n", "'x' is no number, in the column"),
    "word after number": (b"seed,a\n0,1\n0,y\n", "'y' is no number, in the column"),
    "number after word": (b"seed,a\n0,y\n0,2\n", "'y' is no number, in the column"),
}


@pytest.mark.parametrize(("content", "said"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_csv_is_refused(content, said, tmp_path):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InputError, match=rf"x\.csv.*{said}"):
        read_csv(tmp_path / "x.csv")


def test_words_have_columns_of_their_own_and_a_number_may_be_left_out(tmp_path):
    (tmp_path / "x.csv").write_text("seed,a,b\n0,y,\n0,z,1.5\n")
    rows = [{"seed": 0, "a": "y", "b": ""}, {"seed": 0, "a": "z", "b": 1.5}]
    assert read_csv(tmp_path / "x.csv") == rows


def test_a_column_that_is_not_there_is_named_with_its_file(tmp_path):
    write_csv(tmp_path / "x.csv", ROWS)
    (row, *_) = read_csv(tmp_path / "x.csv")
    with pytest.raises(InputError, match=r"x\.csv: has no column 'test_loss': move it away"):
        row["test_loss"]
    assert "test_loss" not in row
    with pytest.raises(InputError, match="'seed'"):
        select([row], seed=0)


@pytest.mark.parametrize("read", [read_csv, read_json])
def test_what_is_missing_or_no_file_is_named_and_not_opened(read, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("", "pipe"):
        with pytest.raises(InputError, match=r"cannot be read \(it is no file"):
            read(tmp_path / name)
    with pytest.raises(InputError, match=r"none\.x: not there"):
        read(tmp_path / "none.x")


def test_json_round_trip(tmp_path):
    value = {"a": [1, 0.1, None, "ü"], "b": {"c": True}}
    write_json(tmp_path / "x.json", value)
    assert read_json(tmp_path / "x.json") == value


@pytest.mark.parametrize("content", [b"{", b"", b"\xff", b"[" * 100_000, b"0" + b" " * 2**20])
def test_damaged_json_is_refused(content, tmp_path):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.json: cannot be read"):
        read_json(tmp_path / "x.json")


def test_select():
    assert select(ROWS, kind="unit") == [ROWS[1]]
    assert select(ROWS, kind="unit", count=3) == []
    assert select(ROWS) == ROWS


def test_mean_by_groups_and_takes_the_sample_deviation():
    rows = [{"k": k, "v": v} for k, v in [(0.5, 1), (0.1, 7), (0.5, 2), (0.5, 6)]]
    keys, means, deviations = mean_by(rows, "k", "v")
    assert keys == [0.1, 0.5]
    assert means.tolist() == [7, 3]
    assert deviations == pytest.approx([0, math.sqrt((4 + 1 + 9) / 2)])


def test_environment_names_what_numbers_depend_on():
    machine = environment()
    assert machine["numpy"] == np.__version__
    assert {"npprune", "python", "scipy", "matplotlib", "blas", "processor"} <= machine.keys()
    assert machine["thread settings"]["OPENBLAS_NUM_THREADS"]
    assert json.loads(json.dumps(machine)) == machine
