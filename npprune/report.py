"""The page that tells the story: what was run, what came out, what it means.

A report is a list of blocks (headings, paragraphs, tables, pictures), built from a run's records
alone and written twice: report.md for a code host, and report.html, one file with its pictures
inside, that opens from disk.  Sentences that state a result take their numbers from the records,
so they cannot disagree with the tables.

Read next: npprune/studies/pipeline.py.
"""

import numpy as np

from npprune.files import write_whole
from npprune.lab.page import (
    Heading,
    Paragraph,
    Picture,
    Table,
    cell,
    counted,
    html,
    markdown,
)
from npprune.lab.records import mean_by, select
from npprune.pruning.masks import KINDS
from npprune.studies import source
from npprune.studies.comparison import report as comparison_report
from npprune.studies.criteria import report as criteria_report
from npprune.studies.frontier import report as frontier_report
from npprune.studies.locality import report as locality_report
from npprune.studies.randomness import report as randomness_report
from npprune.studies.speed import report as speed_report
from npprune.studies.timing import CONTENDERS, break_even

SECTIONS = (
    randomness_report,
    criteria_report,
    frontier_report,
    locality_report,
    speed_report,
    comparison_report,
)


def write(run):
    """Write report.md and report.html into a run's folder; -> path of the HTML."""
    blocks = [*introduction(run), *training(run), *pruning(run), *magnitudes(run), *timing(run)]
    for section in SECTIONS:
        blocks += section.blocks(run)
    page = html("What pruning does to a neural network", blocks, run.folder)
    write_whole(run.folder / "report.md", markdown(blocks))
    write_whole(run.folder / "report.html", page)
    return run.folder / "report.html"


def introduction(run):
    """What was run, and on what."""
    config, recipe = run.config, run.config.recipe
    blocks = [
        Heading(1, "What pruning does to a neural network, and what it buys"),
        Paragraph(
            f"A perceptron with hidden layers of {', '.join(map(str, recipe.hidden))} ReLU units "
            f"and no biases was trained on the data set {config.dataset}, with "
            f"{counted(len(config.seeds), 'seed')}: {recipe.optimizer}, learning rate "
            f"{recipe.learning_rate:g} ({recipe.schedule}), batches of {recipe.batch}, "
            f"{counted(recipe.epochs, 'epoch')}. Then its weights or its units were pruned, layer "
            f"by layer, without any retraining; the output layer was left whole."
        ),
    ]
    if config.quick:
        blocks.append(
            Paragraph("This is the quick form, which tries every part. Its numbers are no results.")
        )
    if config.dataset == "glyphs":
        blocks.append(Paragraph("The images are digits rendered from fonts, not MNIST."))
    if config.protocol == "source":
        blocks.append(
            Paragraph(
                "Protocol of the source report: all training images are trained on, and the test "
                "set also chooses the epoch, so its results are optimistic."
            )
        )
    else:
        blocks.append(
            Paragraph(
                "The last training images, kept apart, chose the epoch whose weights were kept; "
                "the test images were used to report and for nothing else."
            )
        )
    return [*blocks, *machine_blocks(run)]


def machine_blocks(run):
    """What it ran on: a machine, or several and what each of them measured."""
    machines = [_machine(record) for record in run.machines()]
    numbers = [f"machine {n}" for n in range(1, len(machines) + 1)]
    rows = [
        [name, *(machine.get(name, "") for machine in machines)]
        for name in dict.fromkeys(name for machine in machines for name in machine)
    ]
    several = Paragraph(
        f"The records were made on {len(machines)} machines and merged. Seconds are those of the "
        "machine that did the work; every other time is of one machine."
    )
    header = ["", *(numbers if len(machines) > 1 else ["machine"])]
    return [*([several] if len(machines) > 1 else []), Table("What it ran on", header, rows)]


def _machine(record):
    """An environment record as text, by name."""
    rows = {
        n: str(value) for n, value in record.items() if n not in ("thread settings", "measured")
    }
    rows["threads"] = ", ".join(f"{k} {v}" for k, v in record["thread settings"].items())
    if measured := record.get("measured"):
        rows["measured"] = ", ".join(
            f"{table} of {_listed('seed', seeds)}" if seeds else table
            for table, seeds in measured.items()
        )
    return rows


def _listed(thing, values):
    return f"{thing if len(values) == 1 else f'{thing}s'} {' '.join(map(str, values))}"


def training(run):
    """How good the dense network is."""
    rows = run.read("baseline")
    if not rows:
        return []
    best = cell(rows, "validation_loss", 4)
    return [
        Heading(2, "The dense network"),
        Paragraph(
            f"Test accuracy {cell(rows, 'test_accuracy', 4)}, test "
            f"loss {cell(rows, 'test_loss', 4)}. The best validation "
            f"loss is {best}; the source report's, chosen and measured on the test set, is "
            f"{source.BEST_LOSS}."
        ),
        Picture(
            "figures/training.png",
            "Loss and accuracy by epoch",
            "Two panels over the epochs. Left, the cross-entropy on a log scale; right, the "
            "accuracy on a log scale of the errors. Each has a line with its spread for the "
            "training and for the validation images, and diamonds for the source report.",
        ),
        Table(
            "One network a seed",
            ["seed", "epoch kept", "validation loss", "test loss", "test accuracy", "seconds"],
            [
                [
                    str(row["seed"]),
                    str(row["kept_epoch"]),
                    f"{row['validation_loss']:.4f}",
                    f"{row['test_loss']:.4f}",
                    f"{row['test_accuracy']:.4f}",
                    f"{row['seconds']:.0f}",
                ]
                for row in rows
            ],
        ),
    ]


def pruning(run):
    """What is left after pruning."""
    rows = run.read("sparsity")
    if not rows:
        return []
    kept = {kind: _last_above(rows, kind, tolerance=0.01) for kind in KINDS}
    ends = select(rows, k=1.0)
    return [
        Heading(2, "How much can be cut"),
        Paragraph(
            "Of the fractions tried, the largest that costs at most one point of test accuracy "
            f"is {kept['weight']:g} of the weights, but {kept['unit']:g} of the units. With all "
            "hidden weights pruned every logit is 0: the loss is ln(classes), "
            f"{ends[0]['test_loss']:.6f}, and the accuracy {ends[0]['test_accuracy']:.4f}, the "
            "share of class 0. The random controls say how much of this is the criterion's merit."
        ),
        Picture(
            "figures/sparsity.png",
            "Test accuracy and loss against the fraction pruned",
            "Two panels over k, the fraction pruned of each hidden layer, from 0 to 1. Left, the "
            "test accuracy; right, the test loss on a log scale. Each has four lines with their "
            "spread, weights and units pruned by magnitude and at random, and open markers for "
            "the source report.",
        ),
        sparsity_table(rows),
    ]


def _last_above(rows, kind, tolerance):
    """The largest k up to which accuracy stays within a tolerance of the dense network's."""
    rows = select(rows, kind=kind, criterion="magnitude")
    k, means, _ = mean_by(rows, "k", "test_accuracy")
    below = np.flatnonzero(means < means[0] - tolerance)
    return k[below[0] - 1] if len(below) else k[-1]


def sparsity_table(rows):
    """Test accuracy at every sparsity, by kind and criterion, beside the source's."""
    table = []
    for k in sorted({row["k"] for row in rows}):
        line = [f"{k:g}"]
        for kind in KINDS:
            for criterion in ("magnitude", "random"):
                here = select(rows, k=k, kind=kind, criterion=criterion)
                line.append(cell(here, "test_accuracy", 4))
            theirs = dict(zip(source.SPARSITIES, source.ACCURACY[kind], strict=True))
            line.append(f"{theirs[k]:g}" if k in theirs else "")
        table.append(line)
    return Table(
        "Test accuracy after pruning, not retrained",
        ["k", "weights", "at random", "source", "units", "at random", "source"],
        table,
    )


def magnitudes(run):
    """Which weights go."""
    units = select(run.read("distances"), kind="unit", k=0.9)
    if not units:
        return []
    table = []
    for layer in sorted({row["layer"] for row in units}):
        here = select(units, layer=layer)
        table.append([str(layer)] + [cell(here, name, 4) for name in ("ks", "auc", "mean_gap")])
    lowest = min(row["ks"] for row in units)
    highest = max(row["ks"] for row in units)
    return [
        Heading(2, "Is unit pruning random?"),
        Paragraph(
            "The source report states that unit pruning eliminates weights at random with respect "
            "to their magnitudes. If it did, the Kolmogorov-Smirnov distance between eliminated "
            "and surviving weights would be close to 0 (weight pruning has 1). In the trained "
            f"network, at k = 0.9, it lies between {lowest:.3f} and {highest:.3f}."
        ),
        Picture(
            "figures/magnitudes.png",
            "Which weights go and which stay, k = 0.9",
            "Histograms of the magnitudes of the weights, a row for each hidden layer; left, "
            "weights pruned, right, units pruned. Grey: all weights; dashed: the eliminated; solid "
            "line: the surviving. Where weights are pruned the two meet at a threshold; where "
            "units are, they overlap.",
        ),
        Table("Unit pruning at k = 0.9", ["layer", "KS", "AUC", "mean gap"], table),
    ]


def timing(run):
    """What the zeros buy."""
    rows = run.read("timing")
    if not rows:
        return []
    threads = sorted({row["threads"] for row in rows})
    batches = sorted({row["batch"] for row in rows})
    table = []
    for count in threads:
        for batch in batches:
            line = [str(count), str(batch)]
            for kind, format in (("weight", "coo"), ("weight", "csr"), ("unit", "csr"),
                                 ("unit", "compact")):  # fmt: skip
                k = break_even(select(rows, kind=kind, format=format, batch=batch, threads=count))
                line.append("never" if k is None else "always" if k == 0 else f"{k:.3f}")
            table.append(line)
    return [
        Heading(2, "What it buys"),
        Paragraph(
            "Zeros alone make nothing faster: a dense product multiplies them like any other "
            f"number. A sparse format skips them, but starts behind{_start(rows)}; it overtakes "
            "the dense network only above a break-even sparsity. Units that are really removed "
            "make every matrix smaller; with none removed, compact is the dense network, so a "
            "break-even near 0 is as good as always."
        ),
        Picture(
            "figures/timing.png",
            "Time of a forward pass against the fraction pruned",
            "Panels of milliseconds a batch, on a log scale, over the fraction pruned: weights "
            "pruned above, units below, a column for each batch size. Lines with quartiles for "
            "dense, COO, CSR, CSC, compact and auto; a format pays where its line is below that "
            "of dense.",
        ),
        Table(
            "Break-even sparsity against dense at the same number of threads",
            ["threads", "batch", "weights, COO", "weights, CSR", "units, CSR", "units, compact"],
            table,
        ),
        timing_table(rows, max(threads)),
    ]


def _start(rows):
    """How far behind CSR starts, batches of 100 on one thread, where that was measured."""
    here = select(rows, kind="weight", format="csr", batch=100, threads=1)
    first = min(here, key=lambda row: row["k"], default=None)
    if first is None or first["speedup_over_dense"] >= 1:
        return ""
    behind = 1 / first["speedup_over_dense"]
    return f" (at k = {first['k']:g} CSR takes {behind:.1f} times the dense network's time)"


def timing_table(rows, threads):
    """Median milliseconds at batch 100 for chosen sparsities."""
    lines = []
    for kind in KINDS:
        for k in (0.5, 0.8, 0.9, 0.95, 0.97, 0.99):
            here = select(rows, kind=kind, k=k, batch=100, threads=threads)
            by_format = {row["format"]: row for row in here}
            if here:
                lines.append(
                    [f"{kind}s", f"{k:g}"]
                    + [f"{by_format[f]['median_ms']:.2f}" for f in CONTENDERS]
                    + [f"{by_format['auto']['speedup_over_dense']:.1f}x"]
                )
    return Table(
        f"Milliseconds for a batch of 100, {counted(threads, 'thread')}",
        ["pruned", "k", *CONTENDERS, "auto over dense"],
        lines,
    )


def training_summary(run):
    """Text for the terminal: the dense networks."""
    return markdown(training(run)[-1:])


def sparsity_summary(run):
    """Text for the terminal: accuracy at every sparsity."""
    return markdown([sparsity_table(run.read("sparsity"))])


def timing_summary(run):
    """Text for the terminal: milliseconds at batch 100."""
    rows = run.read("timing")
    return markdown([timing_table(rows, max(row["threads"] for row in rows))])


def summary(run):
    """Text for the terminal: everything in short, and where the rest is."""
    return "\n".join([training_summary(run), sparsity_summary(run), timing_summary(run)])
