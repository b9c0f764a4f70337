"""What pruning does to a neural network and what it buys, from the raw arrays up.

Importing the package imports nothing else and changes no setting; the wings are

    npprune.data       where images come from
    npprune.network    the perceptron and how it learns
    npprune.pruning    what to cut
    npprune.inference  what it buys
    npprune.studies    one file a question: measured, recorded, drawn

A reader starts at npprune/data/idx.py; each module names the one to read next.
"""

__version__ = "1.0.0"
