"""`python -m npprune.train`: train the perceptron, as a script.

The same as `npprune train`, and the place to start reading for whoever wants to see how a network
is trained: the flags become a Recipe, the data set is split, and npprune/network/training.py does
the rest.  The weights are left in the run's folder, checkpoints/seed-N.npz, the history in
data/training.csv.
"""

import sys

from npprune import cli
from npprune.flags import Parser, add_output_flags, add_study_flags


def main(arguments=None):
    """Run the script; -> exit status."""
    parser = Parser(
        prog="python -m npprune.train", description="Train the perceptron and save its weights."
    )
    add_output_flags(parser)
    add_study_flags(parser)
    parser.set_defaults(command=cli.train)
    return cli.guard(parser, arguments)


if __name__ == "__main__":
    sys.exit(main())
