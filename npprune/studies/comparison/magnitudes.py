"""Figure 4 of the source report, which weights unit pruning takes, beside the same here.

The source's picture and its caption disagree.  The caption says that the weights are eliminated
somewhat randomly; its bars, read one by one, say that among the weights near zero fewer survive
than among the large ones, at a KS distance five times that of independent weights.

Read next: npprune/studies/comparison/exact.py.
"""

import numpy as np

from npprune.lab.page import Heading, Paragraph, Table, cell, mean_and_spread
from npprune.lab.records import select
from npprune.studies import source

FIGURE = {"layer": 2, "k": 0.9}  # what the source's figure shows
NORM = 2  # by which a unit is ranked
NAMES = {"adam": "Adam", "sgd": "SGD"}


def blocks(columns):
    """Figure 4; columns {name: Run} -> blocks, none if no distance was measured."""
    *_, run = columns.values()
    states = list(_states(run.read("randomness_layers")))
    lines = [*_kept_lines(columns), *_state_lines(states)]
    if not lines:
        return []
    near, there = source.SURVIVORS_NEAR_ZERO, source.SURVIVORS_THERE
    theirs = ["source, bar by bar", f"{source.KS:g}", f"{source.KS_INDEPENDENT:g}"]
    header = ["network", "KS", "if independent", "survivors near 0", "at .065"]
    caption = "Eliminated against surviving weights: unit pruning, layer 2, k = .9"
    return [
        Heading(3, "Figure 4: which weights go"),
        Table(caption, header, [[*theirs, f"{near:g}", f"{there:g}"], *lines]),
        Paragraph(_said(states)),
    ]


def _kept_lines(columns):
    """The networks whose pruning is published: distance, and survivors' share of two bars."""
    lines = []
    for name, run in columns.items():
        rows = select(run.read("distances"), kind="unit", **FIGURE)
        if rows:
            bars = select(run.read("magnitudes"), kind="unit", **FIGURE)
            shares = [_share(bars, 0.0), _share(bars, source.SURVIVORS_AT)]
            lines.append([f"{name}, as kept", cell(rows, "ks", 3), "", *shares])
    return lines


def _share(bars, magnitude):
    """Share of survivors in the bar that holds a magnitude, mean over seeds."""
    here = [b for b in bars if b["left"] <= magnitude < b["right"] and b["all"]]
    return mean_and_spread([b["surviving"] / b["all"] for b in here], 3) if here else ""


def _states(records):
    """The networks of the study of randomness at the source's epoch and at the last.

    -> tuples (name, epoch, records, one a seed)
    """
    for optimizer, name in NAMES.items():
        rows = select(records, optimizer=optimizer, p=NORM, **FIGURE)
        last = max((row["epoch"] for row in rows), default=0)
        for epoch in sorted({source.BEST_EPOCH, last}):
            if here := select(rows, epoch=epoch):
                yield name, epoch, here


def _state_lines(states):
    """What they measured, and what the theorem gives independent weights of the same law."""
    for name, epoch, rows in states:
        values = [cell(rows, column, 3) for column in ("ks", "independent_ks")]
        yield [f"{name}, epoch {epoch}", *values, "", ""]


def _said(states):
    """What the figure says, whatever its caption, and where the gap to it comes from."""
    text = (
        "The source's caption calls the elimination somewhat random, and its bars contradict it: "
        f"read one by one they give a Kolmogorov-Smirnov distance of {source.KS:g}, "
        f"{source.KS / source.KS_INDEPENDENT:.1f} times that of independent weights. "
    )
    means = {}
    for name, epoch, rows in states:
        if epoch == source.BEST_EPOCH:
            ks, chance = (np.mean([row[c] for row in rows]) for c in ("ks", "independent_ks"))
            means[name] = ks
            text += (
                f"After {epoch} epochs here {name} has {cell(rows, 'ks', 3)}, {ks / chance:.1f} "
                "times what the theorem gives independent weights of the same law. "
            )
    if len(means) == len(NAMES):
        text += (
            f"From the source to SGD here {means['SGD'] - source.KS:+.3f}: of it "
            f"{means['SGD'] - means['Adam']:+.3f} comes with the recipe, measured, and "
            f"{means['Adam'] - source.KS:+.3f} lies between the source and its recipe here; the "
            "single seed, the epoch, the training images (the validation ones are left out here) "
            "and the bars, whose width can only lower a distance, were not told apart. "
        )
    return text + (
        "Weight decay makes weights smaller, so one of .065 is nearer to the tail: where the "
        "recipe has weight decay the last column does not compare like with like."
    )
