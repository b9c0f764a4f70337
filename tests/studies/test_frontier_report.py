"""What is chosen, drawn, said and deployed, from records made by hand."""

import itertools

import numpy as np
import pytest

from npprune.errors import InputError
from npprune.inference.export import load_exported, save_exported
from npprune.lab.config import Config
from npprune.lab.page import markdown
from npprune.lab.records import write_csv
from npprune.lab.run import Run
from npprune.lab.style import figure
from npprune.studies.frontier import choice as frontier_choice
from npprune.studies.frontier import plots as frontier_plots
from npprune.studies.frontier import report as frontier_report
from npprune.studies.frontier.choice import (
    averages,
    cheapest,
    difference,
    front_names,
    pareto_front,
    rivals,
)
from npprune.studies.frontier.deploy import deploy, layer_table
from npprune.studies.frontier.footprint import run as footprint
from npprune.studies.frontier.study import network_path


def front_by_definition(costs, values):
    def dominates(j, i):
        no_worse = costs[j] <= costs[i] and values[j] >= values[i]
        return no_worse and (costs[j], values[j]) != (costs[i], values[i])

    n = len(costs)
    return [not any(dominates(j, i) for j in range(n)) for i in range(n)]


@pytest.mark.parametrize("seed", range(200))
def test_the_front_is_what_nothing_dominates(seed):
    rng = np.random.default_rng(seed)
    n = rng.integers(0, 12)
    costs, values = rng.integers(0, 6, (2, n))  # few values: many ties
    assert pareto_front(costs, values).tolist() == front_by_definition(costs, values)


def test_what_was_not_measured_is_not_on_the_front():
    costs, values = [np.nan, 1, 2, np.inf], [9, 1, np.nan, 9]
    assert pareto_front(costs, values).tolist() == [False, True, False, False]


# name, group, units, weights, kilobytes, microseconds, validation accuracy, test accuracy
NETWORKS = [
    ("dense", "dense", 0, 0, 8800, 40.0, 0.9850, 0.9857),
    ("units .8", "pruned", 0.8, 0, 820, 5.0, 0.9855, 0.9862),
    ("units .9", "pruned", 0.9, 0, 350, 2.5, 0.9842, 0.9840),
    ("weights .97", "pruned", 0, 0.97, 340, 9.0, 0.9851, 0.9859),
    ("weights .99", "pruned", 0, 0.99, 110, 4.0, 0.9840, 0.9850),
    ("units .5, weights .999", "pruned", 0.5, 0.999, 14, 1.2, 0.9760, 0.9755),
    ("scratch .8", "control", 0, 0, 820, 5.0, 0.9830, 0.9830),
    ("scratch .99", "control", 0, 0, 10, 1.0, 0.9500, 0.9510),
]


def records(seeds=(0, 1, 2)):
    found = []
    for seed, row in itertools.product(seeds, NETWORKS):
        name, group, units, weights, kb, us, validation, test = row
        shift = 0.0001 * (seed - 1) * (2 if group == "pruned" else 1)
        record = {
            "seed": seed, "name": name, "group": group, "requested_units": units,
            "requested_weights": weights, "achieved_sparsity": 0.5, "effective_sparsity": 0.6,
            "parameters": kb * 250, "compression_ratio": 9545 / kb, "bytes": kb * 1000,
            "times_smaller": 9545 / kb, "validation_accuracy": validation + shift,
            "test_accuracy": test + shift, "test_loss": 0.05, "epochs": 20, "seconds": 30.0,
        }  # fmt: skip
        for batch, factor in ((1, 10), (100, 1), (1000, 0.9)):
            record |= {f"us_{batch}": us * factor, f"speedup_{batch}": 40 / us}
        found.append(record)
    return found


def test_averages_are_means_and_deviations_over_the_seeds():
    networks = averages(records())
    assert [row["name"] for row in networks] == [row[0] for row in NETWORKS]
    units = networks[1]
    assert (units["group"], units["seeds"], units["bytes"]) == ("pruned", 3, 820_000)
    assert units["test_accuracy"] == pytest.approx(0.9862)
    assert units["test_accuracy_sd"] == pytest.approx(0.0002)


def test_the_front_is_chosen_on_the_validation_images():
    networks = averages(records())
    assert front_names(networks, "bytes") == [
        "units .8", "weights .97", "weights .99", "units .5, weights .999", "scratch .99",
    ]  # fmt: skip
    assert front_names(networks, "us_100") == [
        "units .8", "units .9", "units .5, weights .999", "scratch .99",
    ]  # fmt: skip


def test_the_cheapest_is_within_the_tolerance_of_the_dense_network():
    networks = averages(records())
    assert cheapest(networks, "bytes")["name"] == "weights .99"  # exactly .001 below
    assert cheapest(networks, "us_100")["name"] == "units .9"
    assert cheapest(networks, "bytes", tolerance=-0.01) is None
    assert cheapest(networks[1:], "bytes") is None


def test_the_rival_of_a_control_costs_no_more():
    networks = averages(records())
    names = [(a["name"], b and b["name"]) for a, b in rivals(networks, "bytes")]
    assert names == [("scratch .8", "units .8"), ("scratch .99", None)]


@pytest.mark.parametrize(("cost", "rival"), [(860, "units .8"), (862, "weights .97")])
def test_a_cost_within_five_per_cent_is_no_more(cost, rival):
    rows = [row | {"bytes": cost * 1000} if row["name"] == "units .8" else row for row in records()]
    ((_, found), _) = rivals(averages(rows), "bytes")
    assert found["name"] == rival


def test_differences_are_taken_seed_by_seed():
    rows = [row for row in records() if (row["seed"], row["name"]) != (1, "scratch .8")]
    found = difference(rows, "units .8", "scratch .8")
    np.testing.assert_allclose(found, [0.0031, 0.0033], atol=1e-12)


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "run", Config(dataset="tiny", seeds=(0, 1, 2)))
    write_csv(run.data("frontier"), records())
    return run


def test_the_report_says_what_the_records_say(run, network):
    write_csv(run.data("footprint"), footprint(network, {"weight": (0.5, 0.9)}))
    text = markdown(frontier_report.blocks(run))
    assert "Means over 3 seeds" in text
    assert "smallest on disk is weights .99: 110.0 kB, 86.8 times smaller" in text
    assert "test accuracy 0.9850 +- 0.0002" in text
    assert "fastest at batch 100 is units .9: 2.50 microseconds an image, 16.0 times" in text
    assert "in 2 of 4 comparisons the pruned network is better in every seed, in 0 worse" in text
    assert "in 2 nothing pruned is as cheap" in text
    assert "+0.0032 to +0.0032" in text
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines()]
    assert ["bytes", "scratch .8", "0.9830 +- 0.0001", "units .8", "0.9862 +- 0.0002",
            "0.0032 +- 0.0001"] in cells  # fmt: skip
    assert ["bytes", "scratch .99", "0.9510 +- 0.0001", "none", "", ""] in cells
    assert ["units .8", "50.0 (8.0x)", "5.0 (8.0x)", "4.5 (8.0x)", "820.0", "11.6x",
            "1 100 1000 disk"] in cells  # fmt: skip
    assert "0.667, 0.500, 0.031 and 0.200" in text
    assert [row for row in cells if row[:3] == ["weights", "0.9", "bitmask"]]
    for line in frontier_report.summary(run).splitlines():
        assert line in text


def test_without_records_there_is_no_section(tmp_path):
    assert frontier_report.blocks(Run(tmp_path, Config(dataset="tiny"))) == []


def test_one_seed_and_one_network_are_enough(run):
    write_csv(run.data("frontier"), records((0,))[1:2])
    assert "units .8" in markdown(frontier_report.blocks(run))
    write_csv(run.data("frontier"), records((0,))[:2])
    assert "units .8" in markdown(frontier_report.blocks(run))


def test_the_seeds_that_disagree_are_counted():
    gains = [np.array([0.1, -0.1]), np.array([-0.1, -0.2]), np.array([0.0, 0.1])]
    text = frontier_report._verdict(gains, 3)
    assert "in 0 of 3" in text
    assert "in 1 worse in every seed, in 2 not the same in every seed" in text


def test_the_same_records_give_the_same_picture_timed_or_not(tmp_path):
    untimed = [row | {"us_1": np.nan} for row in records((0,))]
    for name in ("a.png", "b.png"):
        frontier_plots.plot(untimed, tmp_path / name, "title")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_labels_cover_neither_each_other_nor_a_point(tmp_path):
    rng = np.random.default_rng(0)
    points = [(*rng.random(2), f"network {i}") for i in range(25)]
    with figure(tmp_path / "x.png", size=(7, 5)) as (drawn, axes):
        axes.plot(*np.array([point[:2] for point in points]).T, "o")
        drawn.draw_without_rendering()
        frontier_plots.place_labels(axes, points)
        renderer = drawn.canvas.get_renderer()
        boxes = [frontier_plots.text_box(text, renderer) for text in axes.texts]
        assert len(boxes) >= 20
        for a, b in itertools.combinations(boxes, 2):
            assert not a.overlaps(b)
        for x, y, _ in points:
            place = axes.transData.transform((x, y))
            assert not any(box.contains(*place) for box in boxes)


def test_every_kind_of_network_is_told_apart_without_colour():
    markers = [look["marker"] for look in frontier_plots.LOOK.values()]
    assert len(set(markers)) == len(markers)
    kinds = {row["name"]: frontier_plots.look(row)["marker"] for row in averages(records())}
    assert len({kinds[n] for n in ("dense", "units .8", "weights .99", "scratch .8",
                                   "units .5, weights .999")}) == 5  # fmt: skip


@pytest.fixture
def exported(run, network):
    for row in records():
        save_exported(network_path(run, row["name"], row["seed"]), network, {"n": row["name"]})
    return run


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ((None, None), ("weights .99", 2)),  # the smallest within .001; its best seed
        ((None, 1), ("weights .99", 1)),
        (("scratch .8", None), ("scratch .8", 2)),
    ],
)
def test_a_network_is_deployed_as_it_is(chosen, expected, exported, tmp_path):
    row = deploy(exported, tmp_path / "net.npz", *chosen)
    assert (row["name"], row["seed"]) == expected
    source = network_path(exported, *expected)
    assert (tmp_path / "net.npz").read_bytes() == source.read_bytes()
    assert load_exported(tmp_path / "net.npz")[1]["n"] == expected[0]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (("weights .98", None), "weights .98.*do you mean 'weights .9[79]'"),
        (("xyzzy", None), "xyzzy"),
        ((None, 7), "--seed 7.*0, 1, 2"),
    ],
)
def test_a_network_that_is_not_there_is_refused(chosen, said, exported, tmp_path):
    with pytest.raises(InputError, match=said):
        deploy(exported, tmp_path / "net.npz", *chosen)
    assert not (tmp_path / "net.npz").exists()


def test_the_layers_of_an_exported_network_are_counted_against_the_original(tmp_path):
    W = np.zeros((30, 16), np.float32)
    W[:5, :3] = 1
    save_exported(
        tmp_path / "net.npz", [W, np.ones((16, 10), np.float32)], {"original_sizes": [30, 20, 10]}
    )
    first, second = layer_table(tmp_path / "net.npz").rows
    assert first == ["1", "600", "15", "30 x 3", "0.9750", "0.9750"]
    assert second == ["2", "200", "30", "3 x 10", "0.8500", "0.8500"]


def test_a_damaged_network_is_not_deployed(exported, tmp_path):
    source = network_path(exported, "weights .99", 2)
    source.write_bytes(source.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"weights-\.99-seed-2"):
        deploy(exported, tmp_path / "net.npz")
    assert not (tmp_path / "net.npz").exists()


def test_where_nothing_is_there_it_is_said(tmp_path, run):
    empty = Run(tmp_path / "empty", Config(dataset="tiny"))
    with pytest.raises(InputError, match="npprune frontier"):
        deploy(empty, tmp_path / "net.npz")
    write_csv(run.data("frontier"), [r for r in records() if r["group"] != "dense"])
    with pytest.raises(InputError, match=r"--network: units \.8, "):
        deploy(run, tmp_path / "net.npz")


def test_the_tolerance_is_the_one_of_the_report():
    assert f"within {frontier_choice.NO_LOSS:g}" in frontier_report._at_no_loss(
        records(), averages(records())
    )


def test_networks_without_times_are_told_and_drawn_without_them(tmp_path):
    timed = ("us", "speedup")
    rows = [
        {n: np.nan if n.partition("_")[0] in timed else v for n, v in row.items()}
        for row in records()
    ]
    text = markdown([*frontier_report._tables(rows), *frontier_report.conclusions(rows)])
    assert "nan" not in text
    assert "smallest on disk is weights .99" in text
    assert "fastest" not in text
    assert "in 1 of 2 comparisons" in text  # by bytes alone
    frontier_plots.plot(rows, tmp_path / "frontier.png", "no times")
