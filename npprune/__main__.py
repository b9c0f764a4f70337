"""`python -m npprune` and the console command `npprune`."""

import sys

from npprune.cli import main

if __name__ == "__main__":
    sys.exit(main())
