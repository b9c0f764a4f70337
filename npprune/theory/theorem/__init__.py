"""Theorem 1: unit pruning eliminates weights nearly at random, and how nearly.

The source report claims that pruning the units of smallest norm tends to eliminate weights at
random with respect to their magnitudes, and leaves open the rate, what it depends on, and a bound.
For a layer of independent weights the answer is: the distance between the magnitudes of eliminated
and surviving weights is A(k) c_p / sqrt(fan-in) for an Lp norm, (1 - k^(1/fan-in)) / (1-k) for
L-infinity, and never above 1 / (2 sqrt(k (1-k) fan-in)) for any norm and any law; the number of
units adds noise and no more.  Trained layers break the premise: their units differ in scale, and
that part does not fall with the fan-in.  Throughout, W is (n_in, n_out), a unit is a COLUMN, d =
n_in its fan-in and n = n_out the number of units.

Read next: npprune/theory/theorem/checks.py.
"""
