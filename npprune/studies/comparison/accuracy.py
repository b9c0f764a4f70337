"""Figures 1, 2 and 3 of the source report, training and pruning, beside the same here.

Read next: npprune/studies/comparison/magnitudes.py.
"""

from npprune.lab.page import Heading, Paragraph, Table, cell
from npprune.lab.records import mean_by, select
from npprune.pruning.masks import KINDS
from npprune.studies import source
from npprune.studies.comparison import others
from npprune.studies.comparison.sides import HERE, gap_said

UNTESTED = (
    "Which part of the recipe it is (optimizer, rate, weight decay, initial weights, epochs, how "
    "many images are trained on, which ones choose the epoch) was not tested. That weight decay, "
    "which shrinks what is not needed, makes room for pruning is a hypothesis. The other answer, "
    "with Adam too but another rate and other initial weights, is above the source wherever its "
    "curves are steep. The source's unit curve rises again, from .10 at k = .97 to .12 at .99: "
    "with one seed and a reading within .03 that is noise."
)


def training_blocks(columns):
    """Figure 1; columns {name: Run} -> blocks, none if no run has its history."""
    histories = {name: rows for name, run in columns.items() if (rows := run.read("training"))}
    if not histories:
        return []
    return [
        Heading(3, "Figure 1: training"),
        training_table(histories),
        Paragraph(_training_said(columns)),
    ]


def training_table(histories):
    """Validation loss and accuracy, epoch by epoch as far as the source's curve was read."""
    lines = []
    curves = (source.TRAINING_LOSS, source.TRAINING_ACCURACY)
    for epoch, *theirs in zip(source.TRAINING_EPOCHS, *curves, strict=True):
        line = [str(epoch)]
        for value, quantity in zip(theirs, ("loss", "accuracy"), strict=True):
            line.append(f"{value:g}")
            line += [
                cell(select(rows, epoch=epoch), f"validation_{quantity}", 4)
                for rows in histories.values()
            ]
        lines.append(line)
    later = [f"{source.TRAINING_EPOCHS[-1] + 1} to the last"]
    for extremes, quantity in (
        (source.LATER_LOSS, "loss"),
        (source.LATER_ACCURACY, "accuracy"),
    ):
        later.append("{:g} to {:g}".format(*extremes))
        later += [_range(rows, f"validation_{quantity}") for rows in histories.values()]
    header = ["epoch", "loss: source", *histories, "accuracy: source", *histories]
    return Table("Validation loss and accuracy by epoch", header, [*lines, later])


def _range(rows, column):
    """Lowest and highest value over all seeds and the epochs after those of the source's curve."""
    values = [row[column] for row in rows if row["epoch"] > source.TRAINING_EPOCHS[-1]]
    return f"{min(values):.4f} to {max(values):.4f}" if values else ""


def _training_said(columns):
    """Best losses, and why they differ."""
    kept = {name: run.read("baseline") for name, run in columns.items()}
    text = (
        f"The source's best validation loss is {source.BEST_LOSS}, after epoch {source.BEST_EPOCH}"
    )
    for name, rows in kept.items():
        if rows:
            epochs = sorted({row["kept_epoch"] for row in rows})
            text += (
                f"; {name}: {cell(rows, 'validation_loss', 4)}, after epoch "
                f"{' or '.join(map(str, epochs))}"
            )
    text += ". "
    if kept.get(HERE):
        config = columns[HERE].config
        text += (
            "The source's validation images are the test images, so its best loss is also a test "
            f"result, and an optimistic one; here they are {config.validation:,} training images, "
            f"and the test loss is {cell(kept[HERE], 'test_loss', 4)}. "
        )
        text += gap_said(source.BEST_LOSS, kept, "test_loss", 4)
    return text.strip()


def pruning_blocks(columns):
    """Figures 2 and 3; columns {name: Run} -> blocks, none if no run was pruned."""
    rows = {
        name: select(records, criterion="magnitude")
        for name, run in columns.items()
        if (records := run.read("sparsity"))
    }
    if not rows:
        return []
    blocks = [Heading(3, "Figures 2 and 3: pruning, not retrained")]
    for kind in KINDS:
        said = _widest_said(rows, kind, "test_accuracy", source.ACCURACY[kind], 4)
        blocks += [accuracy_table(rows, kind), Paragraph(said)]
    blocks.append(loss_table(rows))
    for kind in KINDS:
        said = _widest_said(rows, kind, "test_loss", source.LOSS[kind], 3)
        blocks.append(Paragraph(said))
    return [*blocks, Paragraph(UNTESTED)]


def accuracy_table(rows, kind):
    """Accuracy at every sparsity; rows {name: records}."""
    answers = dict(zip(others.ANSWER_SPARSITIES, others.ANSWER_ACCURACY[kind], strict=True))
    lines = [
        [f"{k:g}", f"{theirs:g}", f"{answers[k]:g}" if k in answers else ""]
        + [cell(select(here, kind=kind, k=k), "test_accuracy", 4) for here in rows.values()]
        for k, theirs in zip(source.SPARSITIES, source.ACCURACY[kind], strict=True)
    ]
    header = ["k", "source", others.ANSWER, *rows]
    return Table(f"Test accuracy, {kind}s pruned by magnitude, layer by layer", header, lines)


def loss_table(rows):
    """Loss at every sparsity; the other answer has none."""
    lines = []
    for i, k in enumerate(source.SPARSITIES):
        line = [f"{k:g}"]
        for kind in KINDS:
            line.append(f"{source.LOSS[kind][i]:g}")
            line += [cell(select(r, kind=kind, k=k), "test_loss", 3) for r in rows.values()]
        lines.append(line)
    header = ["k", *(name for kind in KINDS for name in (f"{kind}s: source", *rows))]
    return Table("Test loss, pruned by magnitude, layer by layer", header, lines)


def _widest_said(rows, kind, column, theirs, digits):
    """Where the last side is farthest from the source, how far, and why.

    rows {name: records}; theirs, the source's curve of this kind and column -> sentences
    """
    name, mine = list(rows.items())[-1]
    ks, means, _ = mean_by(select(mine, kind=kind), "k", column)
    means = dict(zip(ks, means, strict=True))
    curve = {k: v for k, v in zip(source.SPARSITIES, theirs, strict=True) if k in means}
    k = max(curve, key=lambda k: abs(means[k] - curve[k]))
    here = {side: select(r, kind=kind, k=k) for side, r in rows.items()}
    quantity = column.removeprefix("test_")
    answers = dict(zip(others.ANSWER_SPARSITIES, others.ANSWER_ACCURACY[kind], strict=True))
    also = (
        f", {answers[k]:g} in the {others.ANSWER}"
        if quantity == "accuracy" and k in answers
        else ""
    )
    return (
        f"{kind.capitalize()}s: the widest gap in {quantity} is at k = {k:g}, {curve[k]:g} in the "
        f"source{also}, {cell(here[name], column, digits)} {name}. "
        f"{gap_said(curve[k], here, column, digits)}"
    )
