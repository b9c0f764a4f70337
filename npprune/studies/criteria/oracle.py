"""Do the scores tell the truth?  Their ranks beside the true change of the loss.

The oracle (npprune/pruning/oracle.py) removes one weight or unit at a time.  A perfect score has
rank correlation 1 with its changes, yet need not prune best: costs of removals do not add up.

The loss is not at a minimum, so some removals lower it.  Most scores only judge how much it moves:
ranks are also compared with |change|.  Most weights are tiny and cost their slope, |g w|; so the
largest are also compared alone.

Read next: npprune/studies/criteria/measure.py.
"""

import math

import numpy as np
from scipy.stats import spearmanr

from npprune.pruning.oracle import sample_places, unit_oracle, weight_oracle
from npprune.pruning.saliency import CRITERIA, score
from npprune.pruning.unit_saliency import UNIT_CRITERIA
from npprune.streams import stream
from npprune.studies.criteria import OWN

LARGEST = 0.1  # of the drawn weights, or of the units


def agreement(material, form):
    """Rank correlations of scores with the change of the loss: {"criteria_oracle": records}."""
    X, y = material.first(form.oracle_images)
    weights = material.weights
    drawn = sample_places(weights, form.places, stream(material.seed, "oracle"))

    def sampled(scores):
        return np.array([scores[l][i, j] for l, i, j in drawn])

    rows = []
    for kind, criteria, changes, picked in (
        ("weight", CRITERIA, weight_oracle(weights, X, y, drawn), sampled),
        ("unit", UNIT_CRITERIA, np.concatenate(unit_oracle(weights, X, y)), np.concatenate),
    ):
        size = picked(score(OWN[kind], weights, criteria=criteria))
        large = size >= np.quantile(size, 1 - LARGEST)
        for criterion in form.criteria[kind, "none"]:
            rng = stream(material.seed, "random masks")
            scores = picked(score(criterion, weights, X, y, rng, criteria, material.penalty))
            rows.append({
                "kind": kind,
                "criterion": criterion,
                "signed": rank_correlation(scores, changes),
                "absolute": rank_correlation(scores, np.abs(changes)),
                "largest": rank_correlation(scores[large], np.abs(changes[large])),
            })  # fmt: skip
    return {"criteria_oracle": rows}


def rank_correlation(a, b):
    """Spearman's, or nan where all of one are equal.  Shapes: a, b (n,) -> float"""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    return float(spearmanr(a, b).statistic)
