"""How near unit pruning is to elimination at random: two theorems, and how to measure it.

The source report claims that pruning the units of smallest norm tends to eliminate weights at
random.  It leaves open the rate and a bound.

One identity is behind all answers (identity.py).  Theorem 1, for independent weights: no law and no
rule is further from random than B_d(k), about A(k) / (2 sqrt(fan-in)), and weights of two sizes
attain it (bounds.py).  An Lp norm comes to A(k) c_p / sqrt(fan-in) (rates.py), and to other powers
of the fan-in for heavy tails and the largest weight (regimes.py).  The number of units adds noise
and no more (noise.py).  Theorem 2, for trained layers, whose units differ: what bounds every rule
on one matrix (matrix.py), where the distance does not fall with the fan-in (scales.py).

Throughout, W is (n_in, n_out), a unit is a COLUMN, d = n_in its fan-in, n = n_out the number of
units, and k = r/n the fraction of units really removed.

Read next: npprune/theory/theorem/checks.py.
"""
