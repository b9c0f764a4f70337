"""What is chosen, drawn, told and deployed, from records made by hand."""

import itertools

import numpy as np
import pytest

from npprune import report
from npprune.errors import InputError
from npprune.inference.export import load_exported, save_exported
from npprune.lab.config import Config
from npprune.lab.page import Table, markdown
from npprune.lab.records import select, write_csv
from npprune.lab.run import Run
from npprune.studies.frontier import BATCHES, choice, draw, tell
from npprune.studies.frontier.deploy import deploy, layer_table
from npprune.studies.frontier.measure import network_path


def test_the_front_is_what_nothing_dominates():
    def dominates(j, i):
        no_worse = costs[j] <= costs[i] and values[j] >= values[i]
        return no_worse and (costs[j], values[j]) != (costs[i], values[i])

    for seed in range(200):
        rng = np.random.default_rng(seed)
        n = rng.integers(0, 12)
        costs, values = rng.integers(0, 6, (2, n))  # few values: many ties
        expected = [not any(dominates(j, i) for j in range(n)) for i in range(n)]
        assert choice.pareto_front(costs, values).tolist() == expected


def test_what_was_not_measured_is_not_on_the_front():
    costs, values = [np.nan, 1, 2, np.inf, 0], [9, 1, np.nan, 9, np.inf]
    assert choice.pareto_front(costs, values).tolist() == [False, True, False, False, False]


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
            "requested_weights": weights, "achieved_sparsity": 0.5, "effective_sparsity": 0.6,
            "parameters": kb * 250, "compression_ratio": 9545 / kb, "bytes": kb * 1000,
            "times_smaller": 9545 / kb, "validation_accuracy": validation + shift,
            "test_accuracy": test + shift, "test_loss": 0.05, "epochs": 20, "seconds": 30.0,
            "validation_loss": 0.05,
        }  # fmt: skip
        for batch, factor in zip(BATCHES, (10, 1, 0.9), strict=True):
            record |= {f"us_{batch}": us * factor, f"speedup_{batch}": 40 / us}
        found.append(record)
    return found


def untimed(rows):
    times = {f"{kind}_{batch}" for kind in ("us", "speedup") for batch in BATCHES}
    return [row | dict.fromkeys(times, np.nan) for row in rows]


def test_averages_are_means_over_the_seeds():
    networks = choice.averages(records())
    assert [row["name"] for row in networks] == [row[0] for row in NETWORKS]
    assert (networks[1]["group"], networks[1]["bytes"]) == ("pruned", 820_000)
    assert networks[1]["test_accuracy"] == pytest.approx(0.9862)


def test_the_front_is_chosen_on_the_validation_images():
    networks = choice.averages(records())
    both = ["units .8", "units .5, weights .999", "scratch .99", "dense trained long"]
    assert {*choice.front_names(networks, "bytes")} == {*both, "weights .97", "weights .99"}
    assert {*choice.front_names(networks, "us_100")} == {*both, "units .9"}


def test_the_cheapest_is_within_the_tolerance_of_the_dense_network():
    assert choice.cheapest(records(), "bytes")["name"] == "weights .97"  # .99 is .001 below
    assert choice.cheapest(records(), "bytes", margin=0.0015)["name"] == "weights .99"
    assert choice.cheapest(records(), "us_100", margin=0.0015)["name"] == "units .9"
    assert choice.cheapest(records((1,)), "us_100")["name"] == "units .9"  # one seed: .0008 below
    assert choice.cheapest(records(), "bytes", margin=-0.01) is None
    assert choice.cheapest(records(), "us_100", "dense trained long")["name"] == "units .8"
    assert choice.cheapest([row for row in records() if row["group"] != "dense"], "bytes") is None
    assert choice.cheapest(untimed(records()), "us_100") is None


def test_the_best_dense_network_is_any_that_was_not_pruned():
    networks = choice.averages(records())
    assert choice.best_dense(networks) == "dense trained long"
    networks[-2]["validation_accuracy"] = 0.99
    assert choice.best_dense(networks) == "scratch .99"
    assert choice.best_dense([]) is None


def test_the_rival_of_a_control_costs_no_more_than_five_per_cent_more():
    networks = choice.averages(records())
    names = [(a["name"], b and b["name"]) for a, b in choice.rivals(networks, "bytes")]
    assert names == [("scratch .8", "units .8"), ("scratch .99", None)]
    for kb, expected in ((860, "units .8"), (862, "weights .97")):
        units = next(row for row in networks if row["name"] == "units .8")
        units["bytes"] = kb * 1000
        ((_, rival), _) = choice.rivals(networks, "bytes")
        assert rival["name"] == expected


def test_differences_are_taken_seed_by_seed():
    rows = [row for row in records() if (row["seed"], row["name"]) != (1, "scratch .8")]
    found = choice.differences(rows, "units .8", "scratch .8")
    np.testing.assert_allclose(found, [0.0031, 0.0033], atol=1e-12)


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "run", Config(dataset="tiny", seeds=(0, 1, 2)))
    write_csv(run.data("frontier"), records())
    return run


def changed(run, column, value, **where):
    """Change a column of some records; -> what is told."""
    rows = records()
    for row in select(rows, **where):
        row[column] = value
    write_csv(run.data("frontier"), rows)
    return tell.values(run)


def told(run):
    """All lines of all tables of the section."""
    return [
        line for b in report.section(run, "frontier") if isinstance(b, Table) for line in b.rows
    ]


def test_the_report_says_what_the_records_say(run):
    lines = told(run)
    smallest = ["bytes", "weights .97", "340.0 kB", "28.1x"]
    assert ["dense", *smallest, "+0.0002 (+0.0000 to +0.0004)", "yes"] in lines
    assert ["dense trained long", *smallest, "-0.0007 (-0.0009 to -0.0005)", "yes"] in lines
    fastest = ["time at batch 100", "units .8", "5.00 us", "8.0x"]
    assert ["dense", *fastest, "+0.0005 (+0.0003 to +0.0007)", "yes"] in lines
    small = ["scratch .8", "0.9830 ± 0.0001", "units .8", "0.9862 ± 0.0002"]
    assert ["bytes, time, weights", *small, "+0.0032 (+0.0030 to +0.0034)", "pruned"] in lines
    assert [line[1] for line in lines].count("scratch .99") == 1  # nothing pruned is so small
    times = ["50.0 (8.0x)", "5.0 (8.0x)", "4.5 (8.0x)"]
    worth = ["205,000", "0.9862 ± 0.0002", "20"]
    front = "1 100 1000 bytes"
    assert ["2", "units .8", *worth, *times, "820.0 (11.6x)", front] in lines


def test_a_best_dense_network_that_nothing_pruned_reaches_is_told(run):
    told = tell.values(run)
    assert not told["none_beside_best"]
    assert told["alike"] + told["ahead"] + told["behind"] == told["compared"]
    told = changed(run, "validation_accuracy", 0.99, group="large")
    assert (told["best"]["name"], told["none_beside_best"]) == ("dense trained long", True)
    assert (told["pruned_count"], told["behind_best"]) == (5, 5)


def test_where_the_test_images_do_not_confirm_the_smallest_a_larger_one_is_named(run):
    told = tell.values(run)
    assert (told["small"]["name"], told["sure"]["name"]) == ("weights .97", "weights .97")
    assert not told["unconfirmed"]
    told = changed(run, "test_accuracy", 0.984, name="weights .97")
    (smallest,) = select(told["cheapest"], reference="dense", least="bytes")
    assert (smallest["name"], smallest["confirmed"]) == ("weights .97", "no")
    assert (told["small"]["name"], told["sure"]["name"]) == ("weights .97", "units .8")
    assert told["unconfirmed"]
    assert not told["none_sure"]
    assert told["sure"]["times_smaller"] == pytest.approx(9545 / 820)
    assert changed(run, "test_accuracy", 0.98, group="pruned")["none_sure"]
    text = markdown(report.section(run, "frontier"))
    assert "does not exclude a loss" in text
    assert "exclude it for none" in text


def test_networks_that_died_are_counted(run):
    told = changed(run, "validation_loss", np.log(10), name="weights .97", seed=0)
    assert (told["dead"], told["made"].count) == (1, len(records()))


def test_a_record_that_changes_changes_what_is_told(run):
    before = told(run)
    changed(run, "validation_accuracy", 0.98, name="units .8")
    assert "units .8" in {line[2] for line in before if line[1] == "time at batch 100"}
    assert "units .8" not in {line[2] for line in told(run) if line[1] == "time at batch 100"}


def test_what_is_missing_is_left_out(run, tmp_path):
    assert report.section(Run(tmp_path, Config(dataset="tiny")), "frontier") == []
    for rows in (records((0,))[1:2], records((0,))[:2], untimed(records())):
        write_csv(run.data("frontier"), rows)
        text = markdown(report.section(run, "frontier"))
        assert "units .8" in text
        assert "nan" not in text


def test_the_same_records_give_the_same_picture_timed_or_not(run, tmp_path):
    for rows in ([row | {"us_1": np.nan} for row in records((0,))], untimed(records())):
        for name in ("a.png", "b.png"):
            draw.costs(tmp_path / name, run.config, rows)
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_every_kind_of_network_is_told_apart_without_colour():
    markers = {row["name"]: draw.look(row)["marker"] for row in choice.averages(records())}
    kinds = ("dense", "units .8", "weights .99", "scratch .8", "units .5, weights .999")
    kinds = (*kinds, "dense trained long")
    assert len({markers[name] for name in kinds}) == len(kinds)


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
        assert load_exported(tmp_path / "net.npz")[1]["n"] == expected[0]


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
    write_csv(run.data("frontier"), [r for r in records() if r["group"] != "dense"])
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
