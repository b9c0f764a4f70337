"""What is chosen, drawn, told and deployed, from records made by hand."""

import itertools

import numpy as np
import pytest

from npprune import report
from npprune.errors import InputError
from npprune.inference.export import load_exported, save_exported
from npprune.lab.config import Config
from npprune.lab.page import markdown
from npprune.lab.records import select
from npprune.lab.run import Run
from npprune.studies.frontier import BATCHES, choice, draw, tell
from npprune.studies.frontier.deploy import deploy, layer_table
from npprune.studies.frontier.measure import network_path


def test_the_front_is_what_nothing_dominates():
    """Few values, so there are many ties; what was not measured neither is on it nor dominates."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        points = rng.choice([0, 1, 2, 3, 4, 5, np.nan, np.inf], (rng.integers(0, 12), 2))
        measured = [tuple(point) for point in points if np.isfinite(point).all()]
        expected = [
            p in measured and not any(a <= p[0] and b >= p[1] and (a, b) != p for a, b in measured)
            for p in map(tuple, points)
        ]
        assert choice.pareto_front(*points.T).tolist() == expected


# name, group, units, weights, kilobytes, microseconds, validation accuracy, test accuracy
NETWORKS = [
    ("dense", "dense", 0, 0, 8800, 40.0, 0.9850, 0.9857),
    ("units .8", "pruned", 0.8, 0, 820, 5.0, 0.9855, 0.9862),
    ("units .9", "pruned", 0.9, 0, 350, 2.5, 0.9842, 0.9840),
    ("weights .97", "pruned", 0, 0.97, 340, 9.0, 0.9851, 0.9859),
    ("weights .99", "pruned", 0, 0.99, 110, 4.0, 0.9840, 0.9850),
    ("units .5, weights .999", "pruned", 0.5, 0.999, 14, 1.2, 0.9760, 0.9755),
    ("scratch .8", "control", 0, 0, 820, 5.0, 0.9830, 0.9830),
    ("scratch .8, taught", "control", 0, 0, 820, 5.0, 0.9820, 0.9865),
    ("scratch .99", "control", 0, 0, 10, 1.0, 0.9500, 0.9510),
    ("dense trained long", "large", 0, 0, 8800, 40.0, 0.9858, 0.9866),
]


def records(seeds=(0, 1, 2)):
    found = []
    for seed, row in itertools.product(seeds, NETWORKS):
        name, group, units, weights, kb, us, validation, test = row
        shift = 0.0001 * (seed - 1) * (2 if group == "pruned" else 1)
        record = {
            "seed": seed, "name": name, "group": group, "requested_units": units,
            "requested_weights": weights, "parameters": kb * 250, "bytes": kb * 1000,
            "times_smaller": 9545 / kb, "validation_accuracy": validation + shift,
            "test_accuracy": test + shift, "validation_loss": 0.05, "epochs": 20,
        }  # fmt: skip
        for batch, factor in zip(BATCHES, (10, 1, 0.9), strict=True):
            record |= {f"us_{batch}": us * factor, f"speedup_{batch}": 40 / us}
        found.append(record)
    return found


def untimed(rows):
    times = {f"{kind}_{batch}" for kind in ("us", "speedup") for batch in BATCHES}
    return [row | dict.fromkeys(times, np.nan) for row in rows]


@pytest.fixture
def networks():
    return choice.averages(records())


def test_the_front_is_chosen_on_the_validation_images(networks):
    both = ["units .8", "units .5, weights .999", "scratch .99", "dense trained long"]
    assert {*choice.front_names(networks, "bytes")} == {*both, "weights .97", "weights .99"}
    assert {*choice.front_names(networks, "us_100")} == {*both, "units .9"}


def shifted(by):
    """Records in which the pruned networks' validation accuracy is higher."""
    moved = {"pruned": by}
    return [
        row | {"validation_accuracy": row["validation_accuracy"] + moved.get(row["group"], 0)}
        for row in records()
    ]


def test_the_cheapest_is_within_the_tolerance_of_the_dense_network():
    assert choice.cheapest(records(), "bytes")["name"] == "weights .97"  # .99 is .001 below
    assert choice.cheapest(shifted(0.0005), "bytes")["name"] == "weights .99"
    assert choice.cheapest(shifted(0.0005), "us_100")["name"] == "units .9"
    assert choice.cheapest(records((1,)), "us_100")["name"] == "units .9"  # one seed: .0008 below
    assert choice.cheapest(records(), "us_100", "dense trained long")["name"] == "units .8"
    for rows in (shifted(-0.01), select(records(), group="pruned"), untimed(records())):
        assert choice.cheapest(rows, "us_100") is None


def test_the_best_dense_network_is_any_that_was_not_pruned(networks):
    assert choice.best_dense(networks) == "dense trained long"
    networks[-2]["validation_accuracy"] = 0.99
    assert choice.best_dense(networks) == "scratch .99"
    assert choice.best_dense([]) is None


def test_the_rival_of_a_control_costs_no_more_than_five_per_cent_more(networks):
    (units,) = select(networks, name="units .8")
    for kb, expected in ((820, "units .8"), (860, "units .8"), (862, "weights .97")):
        units["bytes"] = kb * 1000
        names = [(a["name"], b and b["name"]) for a, b in choice.rivals(networks, "bytes")]
        assert names == [("scratch .8", expected), ("scratch .99", None)]


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "run", Config(dataset="tiny", seeds=(0, 1, 2)))
    run.write("frontier", records())
    return run


def test_the_report_says_what_the_records_say(run):
    text = " ".join(markdown(report.section(run, "frontier")).split())
    for line in (
        "dense | bytes | weights .97 | 340.0 kB | 28.1x | +0.0002 (+0.0000 to +0.0004) | yes",
        "dense trained long | bytes | weights .97 | 340.0 kB | 28.1x | "
        "-0.0007 (-0.0009 to -0.0005) | yes",
        "dense | time at batch 100 | units .8 | 5.00 us | 8.0x | "
        "+0.0005 (+0.0003 to +0.0007) | yes",
        "bytes, time, weights | scratch .8 | 0.9830 ± 0.0001 | units .8 | 0.9862 ± 0.0002 | "
        "+0.0032 (+0.0030 to +0.0034) | pruned",
        "2 | units .8 | 205,000 | 0.9862 ± 0.0002 | 20 | 50.0 (8.0x) | 5.0 (8.0x) | 4.5 (8.0x) | "
        "820.0 (11.6x) | 1 100 1000 bytes",
    ):
        assert f"| {line} |" in text
    assert text.count("| scratch .99 |") == 1  # nothing pruned is so small


CONFIRMED = {"small": "weights .97", "sure": "weights .97", "unconfirmed": False}
LARGER = CONFIRMED | {"sure": "units .8", "unconfirmed": True, "none_sure": False}


@pytest.mark.parametrize(
    ("where", "changes", "expected"),
    [
        ({}, {}, CONFIRMED | {"none_beside_best": False, "ahead": 1, "behind": 0, "alike": 0}),
        ({"name": "weights .97"}, {"test_accuracy": 0.984},
         LARGER),
        ({"group": "pruned"}, {"test_accuracy": 0.98}, {"unconfirmed": True, "none_sure": True}),
        ({"group": "large"}, {"validation_accuracy": 0.99},
         {"best": "dense trained long", "none_beside_best": True, "behind_best": 5}),
        ({"name": "weights .97", "seed": 0}, {"validation_loss": np.log(10)},
         {"dead": "weights .97 (1 of 3)"}),
    ],
)  # fmt: skip
def test_what_is_told_of_records_that_change(run, where, changes, expected):
    rows = [row | (changes if where.items() <= row.items() else {}) for row in records()]
    run.write("frontier", rows)
    told = tell.values(run)
    named = {slot: told[slot]["name"] for slot in ("small", "sure", "best") if told.get(slot)}
    assert {slot: (told | named)[slot] for slot in expected} == expected
    (smallest,) = select(told["cheapest"], reference="dense", least="bytes")
    assert smallest["name"] == named["small"]
    assert smallest["confirmed"] == ("no" if told["unconfirmed"] else "yes")
    if named.get("sure") == "units .8":
        assert told["sure"]["times_smaller"] == pytest.approx(9545 / 820)


def test_what_is_missing_is_left_out(run, tmp_path):
    assert report.section(Run(tmp_path, Config(dataset="tiny")), "frontier") == []
    for rows in (records((0,))[1:2], records((0,))[:2], untimed(records())):
        run.write("frontier", rows)
        text = markdown(report.section(run, "frontier"))
        assert "units .8" in text
        assert "nan" not in text


def test_the_same_records_give_the_same_picture_timed_or_not(run, tmp_path):
    once = [row | {"us_1": np.nan} for row in records((0,))]
    for name, rows in (("a", once), ("b", once), ("untimed", untimed(records()))):
        draw.costs(tmp_path / name, run.config, rows)
    a, b, other = ((tmp_path / name).read_bytes() for name in ("a", "b", "untimed"))
    assert a == b != other


def test_every_kind_of_network_is_told_apart_without_colour(networks):
    markers = {row["name"]: draw.look(row)["marker"] for row in networks}
    kinds = ("dense", "units .8", "weights .99", "units .5, weights .999", "scratch .8")
    assert len({markers[name] for name in (*kinds, "dense trained long")}) == 6


@pytest.fixture
def exported(run, network):
    for row in records():
        save_exported(network_path(run, row["name"], row["seed"]), network, {"n": row["name"]})
    return run


def test_a_network_is_deployed_as_it_is(exported, tmp_path):
    for chosen, expected in (
        ((None, None), ("weights .97", 2)),  # the smallest at no loss; its best seed
        ((None, 1), ("weights .97", 1)),
        (("scratch .8", None), ("scratch .8", 2)),
    ):
        row = deploy(exported, tmp_path / "net.npz", *chosen)
        assert (row["name"], row["seed"]) == expected
        kept = network_path(exported, *expected)
        assert (tmp_path / "net.npz").read_bytes() == kept.read_bytes()


def test_an_export_replaces_exported_networks_alone_and_nothing_of_a_run(exported, tmp_path):
    taken = tmp_path / "mine.txt"
    taken.write_text("mine")
    other = Run(tmp_path / "other", exported.config)
    theirs = network_path(other, "dense", 0)
    save_exported(theirs, load_exported(network_path(exported, "dense", 0))[0], {})
    for path in (taken, exported.data("frontier"), network_path(exported, "dense", 0), theirs):
        before = path.read_bytes()
        with pytest.raises(InputError, match=f"--to {path}"):
            deploy(exported, path)
        assert path.read_bytes() == before
    for name in ("weights .97", "scratch .8"):  # the second one takes the first one's place
        deploy(exported, tmp_path / "net.npz", name)
        assert load_exported(tmp_path / "net.npz")[1]["n"] == name


def test_a_network_that_is_not_there_or_damaged_is_refused(exported, tmp_path):
    damaged = network_path(exported, "weights .97", 2)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    for chosen, said in (
        (("weights .98", None), "weights .98.*'weights .9[79]'"),
        (("xyzzy", None), "xyzzy"),
        ((None, 7), "--seed 7.*0, 1, 2"),
        ((None, None), r"weights-\.97-seed-2"),
    ):
        with pytest.raises(InputError, match=said):
            deploy(exported, tmp_path / "net.npz", *chosen)
        assert not (tmp_path / "net.npz").exists()


def test_without_a_network_to_choose_it_is_said_how_to_get_one(tmp_path, run):
    empty = Run(tmp_path / "empty", Config(dataset="tiny"))
    with pytest.raises(InputError, match="npprune frontier"):
        deploy(empty, tmp_path / "net.npz")
    run.write("frontier", [r for r in records() if r["group"] != "dense"])
    with pytest.raises(InputError, match=r"--network: .units \.8., "):
        deploy(run, tmp_path / "net.npz")


def test_the_layers_of_an_exported_network_are_counted_against_the_original(tmp_path):
    W = np.zeros((30, 16), np.float32)
    W[:5, :3] = 1
    weights, about = [W, np.ones((16, 10), np.float32)], {"original_sizes": [30, 20, 10]}
    save_exported(tmp_path / "net.npz", weights, about)
    first, second = layer_table(tmp_path / "net.npz").rows
    assert first == ["1", "600", "15", "30 x 3", "0.9750", "0.9750"]
    assert second == ["2", "200", "30", "3 x 10", "0.8500", "0.8500"]
