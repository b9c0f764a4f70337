"""Units that are really removed: the same function from smaller matrices.

A hidden unit with no incoming weights puts out relu(0) = 0, so its column, and its row in the next
matrix, can be deleted.  So can a unit with no outgoing weights.

Removing the fraction k of every layer's units leaves about (1-k)^2 of the weights between hidden
layers.

Read next: npprune/theory/theorem/__init__.py.
"""

import numpy as np


def compact(weights):
    """Delete hidden units that have no incoming or no outgoing weights.

    Shapes: weights -> L new arrays (m_{l-1}, m_l), m_l <= n_l, m_0 = n_0, m_L = n_L

    The logits stay, up to rounding; they are all 0 if a width becomes 0.  Forward, a unit lives if
    any live unit before it has a weight to it; backward likewise.  A unit stays if a path of
    weights through it joins a pixel to a class.
    """
    reached = [np.ones(len(weights[0]), bool)]
    for W in weights:
        reached.append((W[reached[-1]] != 0).any(axis=0))
    heard = [np.ones(weights[-1].shape[1], bool)]
    for W in reversed(weights):
        heard.append((W[:, heard[-1]] != 0).any(axis=1))
    live = [r & h for r, h in zip(reached, reversed(heard), strict=True)]
    live[0][:] = True  # pixels and classes are the network's interface: they stay
    live[-1][:] = True
    return [
        np.ascontiguousarray(W[np.ix_(rows, columns)])
        for W, rows, columns in zip(weights, live[:-1], live[1:], strict=True)
    ]
