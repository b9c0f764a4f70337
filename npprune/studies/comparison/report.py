"""Source, others, here: a section of the report, with the cause of every gap.

Others' numbers are data (npprune/studies/source.py, comparison/others.py); the run's own come from
its records, as means and standard deviations over its seeds.  A cause is called measured only where
a record tells it apart from the others, above all the run by the source's own protocol; what was
not tested is called so.  A run on other data, of another network, or in the quick form has nothing
to compare and gets no section.

Read next: npprune/report.py.
"""

import math

from npprune.lab.page import Heading, Paragraph, Table, cell, counted
from npprune.lab.records import select
from npprune.studies import source
from npprune.studies.comparison import accuracy, exact, magnitudes, others, published, times
from npprune.studies.comparison.sides import REPLAYED, comparable, sides

ASKED = (
    "Every figure and number of the source report, of another public answer to the same challenge "
    "and of the literature that this run can be measured against, each beside what was measured "
    "here, with the cause of the gap. Curves of the source were read off its figures, within .005 "
    "where they are flat and .03 where they are steep; a smaller gap is no gap."
)
CONTRADICTIONS = (
    "Where the source contradicts itself: its README calls its initial weights He's, and its code "
    "draws them 2.45 times (the root of 6) narrower; its text speaks of a validation set, and its "
    "code takes the test images for it, to choose the epoch as well; the caption of its Figure 4 "
    "and the bars above it disagree (see there). All its twelve sparsities were run here, the ten "
    "that the challenge asks for among them."
)


def blocks(run):
    """The section that compares; none if the run is of another task or has nothing to compare."""
    if not comparable(run.config):
        return []
    columns = sides(run)
    parts = [
        *accuracy.training_blocks(columns),
        *accuracy.pruning_blocks(columns),
        *magnitudes.blocks(columns),
        *times.blocks(run),
        *exact.blocks(columns),
        *published.blocks(run),
    ]
    if not parts:
        return []
    intro = [Heading(2, "Source, others, here"), Paragraph(f"{ASKED} {_said_of(columns)}")]
    tables = [short_table(run, columns), settings_table(columns), Paragraph(CONTRADICTIONS)]
    return [*intro, *tables, *parts]


def _said_of(columns):
    """Whose the columns are."""
    text = "Values here are means +- one standard deviation over the seeds"
    for name, run in columns.items():
        if n := seeds(run):
            text += f"; {name}: {counted(n, 'seed')}"
    if REPLAYED in columns:
        return f"{text}. The column {REPLAYED} is of this code, trained as the source was."
    return (
        f"{text}. No run by the source's protocol stands beside it, so most causes are not tested."
    )


def seeds(run):
    """How many networks a run has trained to the end."""
    return len(run.read("baseline"))


def short_table(run, columns):
    """The comparisons that tell most, a row each."""
    rows = [
        ["best validation loss", f"{source.BEST_LOSS:g}", ""]
        + [cell(r.read("baseline"), "validation_loss", 4) for r in columns.values()]
    ]
    for kind, k in (("weight", 0.9), ("weight", 0.97), ("unit", 0.5), ("unit", 0.8)):
        theirs, answer = (
            dict(zip(ks, values[kind], strict=True))[k]
            for ks, values in (
                (source.SPARSITIES, source.ACCURACY),
                (others.ANSWER_SPARSITIES, others.ANSWER_ACCURACY),
            )
        )
        rows.append([f"accuracy, {kind}s k = {k:g}", f"{theirs:g}", f"{answer:g}"])
        rows[-1] += [
            cell(select(r.read("sparsity"), criterion="magnitude", kind=kind, k=k),
                 "test_accuracy", 4)
            for r in columns.values()
        ]  # fmt: skip
    rows.append(["KS, units k = 0.9, layer 2", f"{source.KS:g}", ""])
    rows[-1] += [
        cell(select(r.read("distances"), kind="unit", **magnitudes.FIGURE), "ks", 3)
        for r in columns.values()
    ]
    rows.append(["loss, nothing left", "2.303", f"ln 10 = {math.log(10):.6f}"])
    rows[-1] += [cell(exact.empty_network(r), "test_loss", 6) for r in columns.values()]
    if timed := times.measured(run):
        *blank, _ = [""] * len(columns)
        ratio = source.COO_MILLISECONDS[source.SPARSITIES.index(0.9)] / source.COO_MILLISECONDS[0]
        rows += [
            ["COO time, k = 0.9 / k = 0.1", f"{ratio:.2f}", "", *blank,
             f"{times.ratio(timed, 0.9):.2f}"],
            ["COO time / dense, k = 0.5", "not measured", "", *blank,
             f"{times.over_dense(timed, 0.5):.1f}"],
        ]  # fmt: skip
    header = ["", "source", "others", *columns]
    return Table(
        "In short; others: another answer to the challenge, or the exact value", header, rows
    )


def settings_table(columns):
    """How each of the networks was made."""
    mine = {name: setting(run) for name, run in columns.items()}
    rows = [
        [what, theirs, others.ANSWER_SETTING.get(what, "not read")]
        + [settings.get(what, "the same") for settings in mine.values()]
        for what, theirs in source.SETTING.items()
    ]
    return Table("How the networks were made", ["", "source", others.ANSWER, *mine], rows)


def setting(run):
    """What a run of ours differs in, or may, in the words of source.SETTING."""
    config, recipe = run.config, run.config.recipe
    limit = {"he": "sqrt(6 / fan-in)", "source": "1 / sqrt(fan-in)"}[recipe.initialization]
    chosen = "test" if config.protocol == "source" else f"{config.validation:,} training"
    return {
        "initial weights": f"uniform, +- {limit}",
        "optimizer": f"{recipe.optimizer}, rate {recipe.learning_rate:g}, {recipe.schedule}",
        "weight decay": f"{recipe.weight_decay:g}",
        "batch": f"{recipe.batch}, the last partial one dropped",
        "epochs": str(recipe.epochs),
        "epoch chosen by": f"{chosen} images",
        "seeds": str(seeds(run)),
        "cut": "round(k n): the same numbers",
        "time": "median, in turns with dense",
    }
