"""How near unit pruning is to elimination at random: two theorems, and how to measure it.

The source report claims that pruning the units of smallest norm tends to eliminate at random,
without a rate or bound.  Theorem 1 (bounds.py): for independent weights the distance is at
most B_d(k), which falls like 1/sqrt(d).  Theorem 2 (matrix.py): a bound for any given matrix,
trained ones too.

W is (n_in, n_out), a unit is a COLUMN, d = n_in its fan-in, n the number of units, k = r/n the
fraction removed.

Read next: npprune/theory/theorem/checks.py.
"""
