"""How much can be cut before the network notices?  The source's Figures 2 and 3.

A trained network is pruned at every k of the report: weights by magnitude, units by the L2 norm
of their incoming weights, and, as controls, weights and units chosen at random.  Nothing is
retrained or repaired.  A criterion is worth what it adds to its random control.

At k = 1 the hidden layers are all zeros, every logit is 0, and the loss is ln(classes) exactly.

Read next: npprune/studies/timing.py.
"""

from npprune.lab.outcome import outcome
from npprune.lab.records import mean_by, select
from npprune.lab.style import (
    KIND,
    SOURCE,
    figure,
    plain_ticks,
    shared_legend,
    sparsity_axis,
    sparsity_position,
)
from npprune.pruning.masks import KINDS, SPARSITIES, apply_masks, layer_masks, sparsity
from npprune.streams import stream
from npprune.studies import source

CRITERIA = ("magnitude", "random")


def run(seed, weights, validation, test, progress):
    """Prune one network at every sparsity in every way, and evaluate it.

    Shapes: weights L arrays -> records with the columns of data/sparsity.csv, 2 x 2 x 12 of them

    The random stream starts anew at each k, so the random masks are nested as the others are.
    """
    records = []
    for kind in KINDS:
        for criterion in CRITERIA:
            for k in SPARSITIES:
                rng = stream(seed, "random masks") if criterion == "random" else None
                pruned = apply_masks(weights, layer_masks(weights, k, kind, rng))
                head = {"seed": seed, "kind": kind, "criterion": criterion, "k": k}
                achieved = {"achieved_sparsity": sparsity(pruned)}
                records.append(head | achieved | outcome(pruned, validation, test))
                progress(len(records), f"{kind}s, {criterion}, k = {k:g}")
    return records


def count():
    """Number of networks that run() evaluates."""
    return len(KINDS) * len(CRITERIA) * len(SPARSITIES)


def plot(records, path, title):
    """Draw test accuracy and loss against sparsity, weights and units in one panel.

    records are those of data/sparsity.csv; the PNG is written to path.
    """
    with figure(path, columns=2, size=(11, 4.6)) as (drawn, (left, right)):
        drawn.suptitle(title)
        for axes, quantity, theirs in (
            (left, "test_accuracy", source.ACCURACY),
            (right, "test_loss", source.LOSS),
        ):
            for kind in KINDS:
                look = KIND[kind]
                for criterion, style in (("magnitude", "-"), ("random", ":")):
                    rows = select(records, kind=kind, criterion=criterion)
                    k, means, spread = mean_by(rows, "k", quantity)
                    x = sparsity_position(k)
                    label = look["label"] + (" at random" if criterion == "random" else "")
                    axes.plot(x, means, style, **(look | {"label": label}))
                    axes.fill_between(
                        x, means - spread, means + spread, color=look["color"], alpha=0.2
                    )
                axes.plot(
                    sparsity_position(source.SPARSITIES), theirs[kind], look["marker"],
                    color=look["color"], label=f"{source.NAME}, {kind}s", **SOURCE,
                )  # fmt: skip
            sparsity_axis(axes, sorted({row["k"] for row in records}))
        left.set_ylabel("test accuracy")
        left.set_ylim(0, 1.02)
        right.set_ylabel("test loss (nats, log scale)")
        right.set_yscale("log")
        plain_ticks(right.yaxis, *right.get_ylim())
        shared_legend(drawn, ncols=3)
