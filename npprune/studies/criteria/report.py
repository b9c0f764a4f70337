"""What the study of criteria says, as blocks of the report.

Every sentence that states a result takes its numbers, and its names, from the records.  The budget
of each criterion and the order of the rows are chosen on the validation images; what is shown is
measured on the test images.

Read next: npprune/studies/frontier/__init__.py.
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
from npprune.pruning.saliency import CRITERIA
from npprune.pruning.unit_saliency import UNIT_CRITERIA
from npprune.studies.criteria.choice import (
    ORACLE_K,
    OWN,
    TABLE_K,
    best_budgets,
    part,
    ranked,
    shared_sparsities,
)
from npprune.studies.criteria.oracle import ALL_LAYERS

K_SHOWN = {"weight": (*TABLE_K, 0.995, 0.998), "unit": (0.5, 0.8, *TABLE_K)}
NEEDS = {(): "weights", ("rng",): "nothing", ("X",): "images", ("X", "y"): "labels"}
SETTING = (
    "A criterion gives every weight, or every unit, a score, a budget says how many of the "
    "lowest scores go in each layer, and a repair lets what stays make up for what went: masked "
    "least squares, layer after layer, on unlabelled training images. Results with a repair are "
    "therefore calibrated; nothing is retrained, and no repair sees a label. Some scores do: the "
    "tables say what each needs. Methods that choose and repair in one (ADMM, SparseGPT's sweep, "
    "exact greedy OBS, structured OBS for units) stand among the repaired; they use more images "
    "than the refit of all the other masks, as the tables say, so the two do not compare like "
    "with like. Each criterion is shown with the budget that is best for it on the validation "
    "images; all others are in data/criteria.csv. Seconds are those of one core."
)


def blocks(run):
    """The section on criteria; none if the study was not run."""
    records = run.read("criteria")
    if not records:
        return []
    parts = [Heading(2, "Which weights to cut?"), Paragraph(SETTING)]
    parts.append(
        Picture(
            "figures/criteria.png",
            "Test error against the fraction pruned",
            "Four panels of test error, on a log scale, over the fraction pruned: weights above, "
            "units below; cut alone at the left, refitted on unlabelled images at the right. A "
            "line for each criterion, under the best budget of each; the lower the better.",
        )
    )
    for kind in K_SHOWN:
        for stage in ("cut", "refitted", "methods"):
            if rows := part(records, kind, stage):
                parts += [Paragraph(verdict(rows, kind, stage)), ranking(rows, kind, stage)]
    if initial := part(records, "weight", "initial"):
        parts += [Paragraph(_initial(initial, records)), ranking(initial, "weight", "initial")]
    parts += [budget_table(records, kind) for kind in K_SHOWN if part(records, kind, "cut")]
    oracle, curvature = run.read("criteria_oracle"), run.read("criteria_curvature")
    if oracle:
        parts += _truth(records, oracle, curvature)
    return parts


DONE = {
    "cut": "cut alone",
    "refitted": "refitted",
    "methods": "chosen and refitted in one",
    "initial": "scored at initialization, cut alone",
}


def ranking(rows, kind, stage):
    """Test accuracies by criterion, best first."""
    shown = [k for k in K_SHOWN[kind] if select(rows, k=k)]
    lines = []
    for place, (criterion, budget) in enumerate(ranked(rows), 1):
        here = select(rows, criterion=criterion, budget=budget)
        cells = [cell(at_k, "test_accuracy", 4) for at_k in (select(here, k=k) for k in shown)]
        lines.append([str(place), criterion, budget, _needs(kind, criterion), *cells, _cost(here)])
    seeds = len({row["seed"] for row in rows})
    images = f", {rows[0]['images']:,} unlabelled images" if rows[0]["images"] else ""
    return Table(
        f"Test accuracy, {kind}s {DONE[stage]}{images}, {counted(seeds, 'seed')}",
        ["", "criterion", "budget", "needs", *(f"{k:g}" for k in shown), "seconds"],
        lines,
    )


def _needs(kind, criterion):
    """What the choice of what to cut needs besides the weights."""
    table = CRITERIA if kind == "weight" else UNIT_CRITERIA
    return NEEDS[table[criterion].needs] if criterion in table else "images"


def _cost(rows):
    """Seconds to score once and to repair at one sparsity, the mean over all of these records."""
    return f"{np.mean([row['score_seconds'] + row['repair_seconds'] for row in rows]):.1f}"


def verdict(rows, kind, stage):
    """One paragraph: the best, and where it can be compared the report's own choice and chance."""
    order = ranked(rows)
    names = [criterion for criterion, _ in order]
    shared, own = shared_sparsities(rows), OWN[kind]
    k = 0.95 if 0.95 in shared else max(shared)
    told = {names[0], own, "random"}
    accuracy = {pair[0]: _accuracy(rows, *pair, k) for pair in order if pair[0] in told}
    seeds = counted(len({row["seed"] for row in rows}), "seed")
    text = (
        f"{kind.capitalize()}s {DONE[stage]}, {seeds}: of {len(names)} measured, the best on the "
        f"validation images is {names[0]} with the {order[0][1]} budget, at k = {k:g} a test "
        f"accuracy of {accuracy[names[0]]}."
    )
    if not {own, "random"} <= accuracy.keys():  # methods, or a study that is not done yet
        return text
    ahead = names[: names.index(own)]
    return (
        f"{text} The report's own criterion, {own}, has {accuracy[own]} "
        f"({'ahead of it: ' + ', '.join(ahead) if ahead else 'nothing is ahead of it'}), a "
        f"random choice {accuracy['random']}."
    )


def _accuracy(rows, criterion, budget, k):
    here = select(rows, criterion=criterion, budget=budget, k=k)
    return cell(here, "test_accuracy", 4)


def _initial(initial, records):
    """What scores of the untrained network are worth in the trained one."""
    trained = part(records, "weight", "cut")
    random = best_budgets(trained)["random"]
    k = 0.9
    scored = [f"{c} {_accuracy(initial, c, budget, k)}" for c, budget in ranked(initial)]
    return (
        "SNIP, GraSP and SynFlow were made to choose before training. Here their masks, found on "
        "the initial weights, cut the trained network, which was not trained under them: at "
        f"k = {k:g} {', '.join(scored)}, where a random choice has "
        f"{_accuracy(trained, 'random', random, k)}. This is not the use they were made for."
    )


def budget_table(records, kind):
    """What the budget is worth: test accuracy of a few criteria under each, cut alone."""
    rows, k = part(records, kind, "cut"), 0.95 if kind == "weight" else 0.9
    budgets = list({row["budget"]: None for row in rows})
    lines = [
        [criterion, *(_accuracy(rows, criterion, budget, k) for budget in budgets)]
        for criterion, _ in ranked(rows)
    ]
    return Table(f"Test accuracy by budget, {kind}s, k = {k:g}", ["criterion", *budgets], lines)


def _truth(records, oracle, curvature):
    """Scores and cheap curvatures against what they stand for."""
    lines = []
    for kind in K_SHOWN:
        masks = part(records, kind, "cut")
        accuracy = {c: _accuracy(masks, c, b, ORACLE_K) for c, b in best_budgets(masks).items()}
        here = select(oracle, kind=kind, layer=ALL_LAYERS)
        by_rank = {
            criterion: [row["spearman_absolute"] for row in select(here, criterion=criterion)]
            for criterion in dict.fromkeys(row["criterion"] for row in here)
        }
        for criterion in sorted(by_rank, key=lambda name: -np.mean(by_rank[name])):
            signed = [row["spearman"] for row in select(here, criterion=criterion)]
            ranks = [mean_and_spread(values, 2) for values in (by_rank[criterion], signed)]
            lines.append([f"{kind}s", criterion, *ranks, accuracy.get(criterion, "")])
    return [
        Heading(3, "Does a score know what a weight is worth?"),
        Paragraph(
            "Single weights, drawn from every hidden layer, and all units were removed one at a "
            "time, and the change of the loss was measured. Scores that foretell one removal "
            "nearly perfectly need not make the better masks: the removals are made together, "
            "and their costs do not add up. A removal can also lower the loss, so ranks are also "
            "compared with the change and its sign. A score that knows the sign cuts first what "
            "only helps as long as all else stays: a reading of the table, not a test."
        ),
        Picture(
            "figures/criteria_oracle.png",
            "Accuracy of masks against rank correlation with the change of the loss",
            "Two panels, weights and units cut alone: a point for each criterion, its test "
            "accuracy over the rank correlation of its scores with what the removal of a single "
            "weight or unit really does to the loss.",
        ),
        Table(
            f"Spearman's rank correlation with the change of the loss; accuracy at k = {ORACLE_K}",
            ["", "criterion", "with |change|", "with change", "test accuracy"],
            lines,
        ),
        curvature_table(curvature),
    ]


def curvature_table(rows):
    """Cheap curvatures beside the exact diagonal of the Hessian."""
    lines = [
        [name, str(layer)]
        + [
            cell(select(rows, curvature=name, layer=layer), column, 4)
            for column in ("pearson", "spearman", "ratio")
        ]
        for name in dict.fromkeys(row["curvature"] for row in rows)
        for layer in sorted({row["layer"] for row in rows})
    ]
    return Table(
        "Cheap curvatures against the exact diagonal of the Hessian, every weight of a layer",
        ["curvature", "layer", "correlation", "rank correlation", "sum / exact sum"],
        lines,
    )


def summary(run):
    """Text for the terminal: the rankings."""
    records = run.read("criteria")
    stages = [(kind, stage) for kind in K_SHOWN for stage in ("cut", "refitted", "methods")]
    parts = [(part(records, *stage), stage) for stage in stages]
    return markdown([ranking(rows, *stage) for rows, stage in parts if rows])
