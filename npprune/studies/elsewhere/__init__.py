"""Do the conclusions hold on other data?

A run on other data in a folder of this run's own, such as
`npprune --data-dir my-data --out npprune-run/my-data`, is shown beside it by the same numbers.

Read next: npprune/studies/elsewhere/tell.py.
"""

from npprune.lab.study import Study

STUDY = Study(name="elsewhere", question="do the conclusions hold on other data?")

# A line of the table: what is said, by which study's slot, and how it is written.
HEADLINES = (
    ("test accuracy of the dense network", "train", "test_accuracy", "{}"),
    ("k of weights pruned for one point at most", "prune", "most_weights", "{:g}"),
    ("k of units pruned for one point at most", "prune", "most_units", "{:g}"),
    ("trained layers", "randomness", "trained_layers", "{}"),
    ("of them above the sharp bound", "randomness", "above_sharp", "{}"),
    ("KS of the L2 norm, share of the least random rule", "randomness", "trained_share", "{:.3f}"),
    ("magnitude's reach", "criteria", "weight_none_magnitude", "{:.3f}"),
    ("criteria better than magnitude, cut alone", "criteria", "weight_none_better", "{}"),
    ("obd-decay-iterated leaves, times", "criteria", "weight_none_obd-decay-iterated_left", "{}"),
    ("better than magnitude, refitted", "criteria", "weight_refit_better", "{}"),
    ("ADMM leaves, times", "criteria", "weight_refit_admm_left", "{}"),
    ("better than in-l2, units cut alone", "criteria", "unit_none_better", "{}"),
    ("better than magnitude, with training between rounds", "criteria", "retrained_better", "{}"),
    ("recipes that can be pruned significantly less far", "ablation", "less", "{}"),
    ("comparisons of pruned networks with small ones", "frontier", "compared", "{}"),
    ("of them pruned ahead", "frontier", "ahead", "{}"),
    ("of them from scratch ahead", "frontier", "behind", "{}"),
    ("networks of the frontier that died in training", "frontier", "dead", "{}"),
    ("error of the dense 300-100 network, %", "fewest", "dense_error", "{:.2f}"),
    ("with 4,800 weights, %", "fewest", "few_error", "{:.2f}"),
    ("that minus sparse from the start, points", "fewest", "few_gap", "{}"),
    ("class that loses most, weights pruned", "lost", "worst", "{}"),
    ("L_2 of the masks over its null, mean over units", "locality", "unit_ratio", "{:.2f}"),
    ("the same over all pairs", "locality", "shapes_ratio", "{:.2f}"),
    ("found mask minus its shuffle, points", "locality", "places", "{}"),
    ("local mask minus its shuffle, points", "locality", "closeness", "{}"),
    ("local mask minus no mask, points", "locality", "over_dense", "{}"),
)
