"""Do the conclusions hold on other data?

A run on other data in a folder of this run's own, such as
`npprune --data-dir my-data --out npprune-run/my-data`, is shown beside it by the same numbers.

Read next: npprune/studies/elsewhere/tell.py.
"""

from npprune.lab.study import Study

STUDY = Study(name="elsewhere", question="do the conclusions hold on other data?")

# A line of the table: what is said, of which study, and by which slot of its tell.md.
HEADLINES = (
    ("test accuracy of the dense network", "train", "{alive[test_accuracy]:.4f}"),
    ("k of weights pruned for one point at most", "prune", "{most_weights:g}"),
    ("k of units pruned for one point at most", "prune", "{most_units:g}"),
    ("trained layers", "randomness", "{trained_layers}"),
    ("of them above the sharp bound", "randomness", "{above_sharp}"),
    ("KS of the L2 norm, share of the least random rule", "randomness", "{trained_shares:mean .3f}"),
    ("magnitude's reach", "criteria", "{weight_none[magnitude]:.3f}"),
    ("criteria better than magnitude, cut alone", "criteria", "{weight_none[better]}"),
    ("obd-decay-iterated leaves, times", "criteria", "{weight_none[obd-decay-iterated left]}"),
    ("better than magnitude, refitted", "criteria", "{weight_refit[better]}"),
    ("ADMM leaves, times", "criteria", "{weight_refit[admm left]}"),
    ("better than in-l2, units cut alone", "criteria", "{unit_none[better]}"),
    ("better than magnitude, with training between rounds", "criteria", "{retrained_better}"),
    ("recipes that can be pruned significantly less far", "ablation", "{less}"),
    ("comparisons of pruned networks with small ones", "frontier", "{compared}"),
    ("of them pruned ahead", "frontier", "{ahead}"),
    ("of them from scratch ahead", "frontier", "{behind}"),
    ("networks of the frontier that died in training", "frontier", "{dead}"),
    ("error of the dense 300-100 network, %", "fewest", "{first[test_error]:mean .2f}"),
    ("with 4,800 weights, %", "fewest", "{few[test_error]:mean .2f}"),
    ("that minus sparse from the start, points", "fewest", "{few_gap:gap .2f}"),
    ("class that loses most, weights pruned", "lost", "{weights[worst]}"),
    ("L_2 of the masks over its null, mean over units", "locality", "{shapes[unit_ratio]:mean .2f}"),
    ("the same over all pairs", "locality", "{shapes[ratio]:mean .2f}"),
    ("found mask minus its shuffle, points", "locality", "{places:gap .2f}"),
    ("local mask minus its shuffle, points", "locality", "{closeness:gap .2f}"),
    ("local mask minus no mask, points", "locality", "{over_dense:gap .2f}"),
)
