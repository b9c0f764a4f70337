"""`python -m npprune.train` (being rewritten)."""

import sys

from npprune import cli


def main(arguments=None):
    """Run the script; -> exit status."""
    return cli.main(["train", *(sys.argv[1:] if arguments is None else arguments)])


if __name__ == "__main__":
    sys.exit(main())
