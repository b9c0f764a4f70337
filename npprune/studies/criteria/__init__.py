"""Which weights to cut: every criterion, budget and repair, and an oracle to hold them against.

The criterion says which weights of a layer go (npprune/pruning/saliency.py, unit_saliency.py), the
budget how many each layer gives (budgets.py), and the repair whether those that stay may make up
for them (repair.py).  Methods that choose and repair in one (admm.py, obs.py, unit_obs.py) stand
beside them as criteria of their own, always refitted.  Nothing is retrained.

    criteria              loss and accuracy of every pruned network
    criteria_oracle       do the scores know what the removal of one weight or unit does?
    criteria_curvature    the cheap curvatures beside the exact diagonal of the Hessian

Read next: npprune/studies/criteria/oracle.py.
"""

from typing import NamedTuple

from npprune.lab.study import Figure, Records, Study


class Form(NamedTuple):
    """How much is done; only, if given, names the pairs (kind, criterion) that are measured."""

    images: int = 10_000  # to score by, and for the methods
    refit_images: int = 2_000  # for the refit of all the other masks, and for the oracle
    sparsities: tuple = (0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 0.995, 0.998, 1.0)
    places: int = 300  # weights of each layer that the oracle removes
    only: tuple | None = None


STUDY = Study(
    name="criteria",
    question="which weights to cut? all scores, budgets and repairs",
    takes="an hour a seed",
    tables=(
        Records(
            "criteria",
            ("seed", "kind", "criterion", "at", "repair"),
            costs=("score_seconds", "repair_seconds"),
        ),
        Records("criteria_oracle", ("seed",)),
        Records("criteria_curvature", ("seed",)),
    ),
    figures=(
        Figure("criteria", "errors", ("criteria", "baseline"), "What is left without retraining"),
        Figure(
            "criteria_oracle",
            "accuracy_by_rank",
            ("criteria", "baseline", "criteria_oracle"),
            "Knowing one removal, making many",
        ),
    ),
    forms={"trial": Form(500, 500, (0.9, 0.95), 20), "full": Form()},
    needs=("train",),
)
