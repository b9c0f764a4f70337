"""What pruning does to a neural network and what it buys, from the raw arrays up.

Importing it imports nothing else and changes no setting.  Its main parts:

    npprune.data       where images come from
    npprune.network    the perceptron and how it learns
    npprune.pruning    what to cut
    npprune.inference  what it buys
    npprune.studies    one folder for each question

Start at npprune/walkthrough.py; each module names the one to read next.
"""

__version__ = "1.0.0"
