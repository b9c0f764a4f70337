"""Does chance itself obey the theorem?  Layers of independent weights, drawn and pruned.

Distances are estimated without bias (theorem/montecarlo.py), beside the exact value for that size,
the first-order rate and both bounds.  The slope of KS against the fan-in, on log scales, is fitted
to estimates and to exact values; its limit is -1/2 for finite norms and -1 for the largest weight.

Read next: npprune/studies/randomness/recipes.py.
"""

import math

import numpy as np

from npprune.lab.records import columns, groups, select
from npprune.streams import stream
from npprune.studies.randomness.layers import FRACTIONS
from npprune.theory.theorem.bounds import bound, sharp_bound
from npprune.theory.theorem.exact import expected_distances
from npprune.theory.theorem.laws import LAWS
from npprune.theory.theorem.montecarlo import loglog_slope, simulate
from npprune.theory.theorem.rates import rate


def simulated_rates(law_name, p, form):
    """Draw columns // n layers of each size, so that every point rests on as many units."""
    law, rows = LAWS[law_name], []
    for d in form.fan_ins:
        for n in form.sizes:
            draws = max(2, form.columns // n)
            # One stream a cell: a cell's numbers do not change when another is added.
            rng = stream(0, f"rates {law_name} {p}", d, n)
            found = simulate(law, p, d, n, FRACTIONS, draws, rng)
            for j, k in enumerate(FRACTIONS):
                exact, first = expected_distances(law, p, d, k, n), rate(law, p, d, k, n)
                for i, name in enumerate(exact._fields):
                    values, chance = found[i][:, j], 0.5 if name == "auc" else 0.0
                    rows.append({
                        "law": law_name, "p": p, "d": d, "n": n, "k": k, "draws": draws,
                        "distance": name, "estimate": float(values.mean() - chance),
                        "error": float(values.std(ddof=1) / math.sqrt(draws)),
                        "exact": exact[i] - chance, "rate": first[i] - chance,
                        "bound": bound(d, k) if name == "ks" else "",
                        "sharp_bound": sharp_bound(k, d) if name == "ks" else "",
                    })  # fmt: skip
    return {"randomness_rates": rows}


def slopes(records):
    """Fit KS against the fan-in.

    low and high bound the 95 % confidence interval; exact_slope is the same weighted fit to exact
    values, theory the limit.
    """
    rows = []
    found = groups(select(records, distance="ks"), "law", "p", "n", "k")
    for (law, p, n, k), here in sorted(found.items()):
        d, estimates, errors, exact = np.array(columns(here, "d", "estimate", "error", "exact"))
        if len(set(d)) < 2 or not (np.all(estimates > 0) and np.all(errors > 0)):
            continue  # an estimate lost in noise has no logarithm
        fitted = loglog_slope(d, estimates, errors)
        # Relative errors as measured, so that both fits have the same weights.
        reference = loglog_slope(d, exact, errors / estimates * exact)
        rows.append({
            "law": law, "p": p, "n": n, "k": k, "fan_ins": len(here), "slope": fitted.slope,
            "low": fitted.slope - fitted.half_width, "high": fitted.slope + fitted.half_width,
            "exact_slope": reference.slope, "theory": -1.0 if math.isinf(p) else -0.5,
        })  # fmt: skip
    return rows
