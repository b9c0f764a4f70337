"""What the study of the frontier says, as blocks of the report.

Read next: npprune/studies/frontier/deploy.py.
"""

import numpy as np

from npprune.lab.page import (
    Heading,
    Paragraph,
    Picture,
    Table,
    cell,
    counted,
    markdown,
    mean_and_spread,
)
from npprune.lab.records import select
from npprune.studies.frontier.choice import (
    COSTS,
    NO_LOSS,
    SLACK,
    averages,
    cheapest,
    difference,
    front_names,
    rivals,
)
from npprune.studies.frontier.times import BATCHES

ASKED = (
    "How small and how fast can the network be at no loss of accuracy, and is pruning better than "
    "training a small network from the start? Every row is an actual network, exported to a file: "
    "the dense one; the dense one taken through a recipe, named by the fraction of its units or "
    "weights that is gone; and networks trained from scratch with the sizes that unit pruning "
    "would leave, some of them taught by the dense network, as pruned ones may be. Epochs and "
    "seconds of a pruned network are those it took beyond the dense one, beside whatever else ran. "
    "The validation images chose the epochs and the Pareto front; the test images report. Times "
    "are those of the plan that suits each network best, the dense one's too, on one thread, all "
    "networks of a seed taking turns."
)


def blocks(run):
    """The section on the frontier; none if it was not measured."""
    records = run.read("frontier")
    if not records:
        return []
    parts = [
        Heading(2, "How small, how fast, at what accuracy"),
        Paragraph(f"{ASKED} Means over {counted(len({row['seed'] for row in records}), 'seed')}."),
        Picture(
            "figures/frontier.png",
            "Test accuracy against time for an image, and bytes",
            "Four panels of test accuracy: over microseconds an image for each batch size, and "
            "over kilobytes on disk, all on log scales. A named point with its spread for the "
            "dense network, each pruned one and each small one trained from scratch; filled and "
            "joined by a line where they are on the Pareto front of the validation images.",
        ),
        *_tables(records),
        *conclusions(records),
    ]
    if rows := run.read("footprint"):
        parts += [Paragraph(_bytes_said(rows)), footprint_table(rows)]
    return parts


def summary(run):
    """Text for the terminal: the networks, and what follows."""
    records = run.read("frontier")
    return markdown([*_tables(records), *conclusions(records)])


def _tables(records):
    """What each network is worth, and what it costs."""
    networks = averages(records)
    fronts = {column: front_names(networks, column) for column in COSTS}
    words = {column: column.replace("us_", "").replace("bytes", "disk") for column in COSTS}
    worth, costs = [], []
    for row in networks:
        mine = select(records, name=row["name"])
        on = [words[column] for column in COSTS if row["name"] in fronts[column]]
        asked = [f"{row[f'requested_{kind}']:.4g} {kind}" for kind in ("units", "weights")
                 if row[f"requested_{kind}"]]  # fmt: skip
        worth.append(
            [row["name"], ", ".join(asked)]
            + [f"{row[f'{kind}_sparsity']:.4f}" for kind in ("achieved", "effective")]
            + [f"{row['parameters']:,.0f}", f"{row['compression_ratio']:.1f}x"]
            + [cell(mine, "test_accuracy", 4)]
            + [cell(mine, "test_loss", 4)]
            + [f"{row['epochs']:.0f}", f"{row['seconds']:.0f}"]
        )
        times = [
            f"{row[f'us_{b}']:.1f} ({row[f'speedup_{b}']:.1f}x)" if is_timed(row, b) else ""
            for b in BATCHES
        ]
        size = [f"{row['bytes'] / 1000:.1f}", f"{row['times_smaller']:.1f}x"]
        costs.append([row["name"], *times, *size, " ".join(on)])
    header = ["network", "asked", "achieved", "effective", "parameters", "theoretical"]
    header += ["test accuracy", "test loss", "epochs", "seconds"]
    return [
        Table("Networks of the frontier: what is gone, and what is left", header, worth),
        Table(
            "Their cost: microseconds an image (times faster than dense), kilobytes exported "
            "(times smaller than the dense .npz), and for which costs they are on the front",
            ["network", *(f"batch {b}" for b in BATCHES), "kB", "smaller", "on the front"],
            costs,
        ),
    ]


def is_timed(row, batch):
    """Say whether a record has a time for a batch size: what was merged may lack them."""
    return bool(np.isfinite(row[f"us_{batch}"]))


def conclusions(records):
    """What follows from the records, in sentences, and the controls beside their rivals."""
    networks = averages(records)
    if not select(networks, group="dense"):
        return []
    said = [Paragraph(_at_no_loss(records, networks))]
    lines, gains = [], []
    costs = {"bytes": "bytes", "us_100": "time at batch 100"}
    for column, words in costs.items():
        if not any(np.isfinite(row[column]) for row in networks):
            continue
        for control, rival in rivals(networks, column):
            line = [words, control["name"], _accuracy(records, control["name"]), "none", "", ""]
            if rival is not None:
                gains.append(difference(records, rival["name"], control["name"]))
                gain = mean_and_spread(gains[-1], 4)
                line[3:] = [rival["name"], _accuracy(records, rival["name"]), gain]
            lines.append(line)
    if lines:
        header = ["no more", "from scratch", "test accuracy", "pruned", "test accuracy", "gain"]
        caption = (
            "Each small network from scratch, and the best pruned one that costs no more, give or "
            f"take {SLACK - 1:.0%}; best by validation accuracy"
        )
        said += [Table(caption, header, lines), Paragraph(_verdict(gains, len(lines)))]
    return said


def _at_no_loss(records, networks):
    """The smallest and the fastest networks within the tolerance."""
    dense = select(networks, group="dense")[0]["name"]
    parts = [
        f"The dense network has a test accuracy of {_accuracy(records, dense)}. Of the pruned "
        f"networks whose validation accuracy is within {NO_LOSS:g} of its own,"
    ]
    found = []
    if smallest := cheapest(networks, "bytes"):
        found.append(
            f"the smallest on disk is {smallest['name']}: {smallest['bytes'] / 1000:.1f} kB, "
            f"{smallest['times_smaller']:.1f} times smaller than the dense .npz, test accuracy "
            f"{_accuracy(records, smallest['name'])}"
        )
    for batch in BATCHES:
        if fastest := cheapest(networks, f"us_{batch}"):
            found.append(
                f"the fastest at batch {batch} is {fastest['name']}: "
                f"{fastest[f'us_{batch}']:.2f} microseconds an image, "
                f"{fastest[f'speedup_{batch}']:.1f} times faster than dense, test accuracy "
                f"{_accuracy(records, fastest['name'])}"
            )
    return " ".join([*parts, ("; ".join(found) or "there is none") + "."])


def _accuracy(records, name):
    return cell(select(records, name=name), "test_accuracy", 4)


def _verdict(gains, total):
    """Is pruning better than training small?  gains: accuracy differences, seed by seed."""
    better = sum(bool((gain > 0).all()) for gain in gains)
    worse = sum(bool((gain < 0).all()) for gain in gains)
    text = (
        f"Is pruning better than training small? At a cost at most {SLACK - 1:.0%} higher, in "
        f"{better} of {total} comparisons the pruned network is better in every seed, in {worse} "
        "worse in every seed"
    )
    if undecided := len(gains) - better - worse:
        text += f", in {undecided} not the same in every seed"
    if missing := total - len(gains):
        text += f", and in {missing} nothing pruned is as cheap"
    if gains:
        means = [gain.mean() for gain in gains]
        text += f". The gain in test accuracy is {min(means):+.4f} to {max(means):+.4f} on average"
    return text + "."


def _bytes_said(rows):
    """The break-even arithmetic, and what the zip makes of it."""
    even = {row["layout"]: row["break_even"] for row in rows}
    most = max(row["k"] for row in select(rows, kind="weight"))
    here = {row["layout"]: row for row in select(rows, kind="weight", k=most)}
    smallest = min(here.values(), key=lambda row: row["zipped_bytes"])
    return (
        "A float32 value takes 4 bytes, and so does an int32 index. So with N weights, n of them "
        "not zero, dense takes 4 N bytes, COO 12 n, CSR 8 n and 4 for each row and one more, a "
        "bitmask N/8 + 4 n, and gaps of a byte 5 n; they are smaller than dense above the "
        f"sparsities {even['coo']:.3f}, {even['csr']:.3f}, {even['bitmask']:.3f} and "
        f"{even['gaps']:.3f}. A zip finds the zeros of a dense matrix by itself: with {most:g} of "
        f"the weights gone the dense file zips from {here['dense']['file_bytes'] / 1000:,.0f} kB "
        f"to {here['dense']['zipped_bytes'] / 1000:,.0f} kB, the smallest layout "
        f"({smallest['layout']}) to {smallest['zipped_bytes'] / 1000:,.0f} kB."
    )


def footprint_table(rows):
    """Kilobytes in every layout: by the formula, in memory, in a file, in a zipped file."""
    lines = [
        [
            f"{row['kind']}s",
            f"{row['k']:g}",
            row["layout"],
            f"{row['break_even']:.3f}" if np.isfinite(row["break_even"]) else "",
            *(f"{row[f'{place}_bytes'] / 1000:,.1f}"
              for place in ("formula", "memory", "file", "zipped")),
        ]
        for row in rows
    ]  # fmt: skip
    return Table(
        "Kilobytes of the network pruned by magnitude; break-even: the sparsity above which a "
        "layout takes less memory than dense",
        ["pruned", "k", "layout", "break-even", "formula", "memory", "file", "zipped file"],
        lines,
    )
