"""How near unit pruning is to elimination at random: two theorems, and how to measure it.

The source report claims that pruning the units of smallest norm tends to eliminate weights at
random, without a rate or bound.  Theorem 1 is for independent weights, Theorem 2 for any weights.

W is (n_in, n_out), a unit is a COLUMN, d = n_in its fan-in, n the number of units, k = r/n the
fraction removed.

Read next: npprune/theory/theorem/checks.py.
"""
