"""Test error against sparsity for each variant of the recipe.

Read next: npprune/studies/ablation/tell.py.
"""

from npprune.lab import style
from npprune.lab.records import groups, mean_by, select
from npprune.studies.criteria.choice import best_budgets

SHOWN_FROM = 0.5
MARKERS = "os^vDPX*"
COLOURS = (
    style.BLACK, style.BLUE, style.SKY, style.GREEN,
    style.PURPLE, style.RED, style.ORANGE, style.GREY,
)  # fmt: skip


def curves(path, config, records):
    """Draw magnitude's test error over sparsity, by recipe."""
    with style.figure(path, size=(7, 6)) as (drawn, axes):
        by_recipe = groups(records, "recipe").items()
        for (recipe, rows), marker, colour in zip(by_recipe, MARKERS, COLOURS, strict=False):
            budget = best_budgets(rows)["magnitude"]
            curve = select(rows, criterion="magnitude", budget=budget)
            shown = [row for row in curve if row["k"] >= SHOWN_FROM]
            k, means, spread = mean_by(shown, "k", "test_accuracy")
            x = style.sparsity_position(k)
            axes.errorbar(x, 1 - means, spread, color=colour, marker=marker, label=recipe)
        style.sparsity_axis(axes, k)
        style.log_axis(axes.yaxis)
        axes.set_ylabel("test error (log scale)")
        style.shared_legend(drawn, ncols=2)
