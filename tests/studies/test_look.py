"""Masks that are recorded are the masks that pruning makes."""

import json
import shutil

import numpy as np
import pytest

from npprune import driver, report
from npprune.lab.page import Play
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.pruning.masks import layer_masks
from npprune.studies.look.draw import matrix, mosaic
from npprune.studies.look.measure import corner, kept, look
from npprune.studies.look.tell import values


@pytest.mark.parametrize("kind", ["weight", "unit"])
@pytest.mark.parametrize("sparsities", [(0.0, 0.3, 0.5, 0.9, 1.0), (0.2, 0.8, 1.0)])
def test_kept_is_what_pruning_keeps(kind, sparsities, network):
    shape = (5, 6)
    rows = look(network, shape, sparsities, 4)["masks"]
    for k in sparsities:
        mask = layer_masks(network, k, kind)[0]
        for row, image in zip(rows, kept(rows, k, kind), strict=True):
            np.testing.assert_array_equal(image, mask[:, row["unit"]].reshape(shape))
    norms = [np.linalg.norm(network[0][:, row["unit"]]) for row in rows]
    assert norms == sorted(norms)


def test_a_network_of_few_units_shows_them_all(network):
    rows = look([network[0][:, :2], network[1][:2]], (5, 6), (0.0, 1.0), 12)["masks"]
    assert {row["unit"] for row in rows} == {0, 1}


@pytest.mark.parametrize(("shape", "expected"), [((3, 2), (3, 2)), ((50, 50), (14, 12))])
def test_the_corner_of_a_matrix_is_of_live_inputs_and_units(shape, expected, network, tmp_path):
    network[-2][[0, 4]] = 0
    rows = corner(network, shape)["matrix"]
    inputs, units = ({row[name] for row in rows} for name in ("input", "unit"))
    assert (len(inputs), len(units)) == expected
    assert not inputs & {0, 4}
    assert all(network[-2][row["input"], row["unit"]] == row["weight"] for row in rows)
    for some in (rows, rows[:1]):
        matrix(tmp_path / "matrix.png", None, some)


def test_a_mosaic_holds_its_images():
    images = [np.full((2, 3), i % 2 == 0) for i in range(5)]
    whole = mosaic(images)
    assert whole.shape == (2 * 4, 4 * 5)
    assert whole[1:3, 1:4].all()
    assert not whole[1:3, 6:9].any()


def test_the_slider_knows_what_was_measured(finished, tmp_path):
    run = Run.open(shutil.copytree(finished, tmp_path / "run"))
    play = values(run)["play"]
    assert isinstance(play, Play)
    (row,) = select(run.read("sparsity"), kind="unit", criterion="magnitude", k=0.9)
    at = play.known["sparsities"].index(0.9)
    assert play.known["accuracy"]["unit"][at] == row["test_accuracy"]
    assert play.known["faster"]["weight"][at] > 0
    page = report.write(run).read_text(encoding="utf-8")
    assert page.count("<script>") == 1
    assert json.dumps(play.known) in page
    for name in ("masks", "matrix"):
        run.data(name).unlink()
        run.figure(name).unlink()
    assert "<script>" not in report.write(run).read_text(encoding="utf-8")
    assert driver.figures(run, ["look"]) == []
