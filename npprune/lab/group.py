"""Records of one thing, and where it stands beside others.

Read next: npprune/lab/page.py.
"""

import numpy as np

from npprune.lab.records import groups, select
from npprune.lab.statistics import paired_differences, sure_signs
from npprune.lab.words import counted


class Group:
    """Records of one thing: group["column"] is their numbers, as an array, or their common word.

    more {column: value}: what the records do not have, such as cells of a table
    """

    def __init__(self, records, **more):
        self.records, self.more = records, more

    def __len__(self):
        return len(self.records)

    def __iter__(self):
        return iter(self.records)

    def __getitem__(self, column):
        if column in self.more:
            return self.more[column]
        found = [record[column] for record in self.records]
        return found[0] if found and isinstance(found[0], str) else np.array(found)

    def where(self, **values):
        return Group(select(self.records, **values))

    def by(self, *columns):
        """Group by columns: {value, or tuple of values: Group}; it has each as a single value."""
        return {
            key: Group(found, **{column: found[0][column] for column in columns})
            for key, found in groups(self.records, *columns).items()
        }

    def minus(self, other, column="test_accuracy"):
        """Paired differences, one for each seed that both have."""
        return np.array(paired_differences(self.records, other.records, column))

    @property
    def count(self):
        return len(self.records)

    @property
    def seeds(self):
        return counted(len({record["seed"] for record in self.records}), "seed")


def means(records, *columns):
    """Group records by columns; -> a record for each group, of its means and its first words."""
    return [
        {
            name: value if isinstance(value, str) else float(np.mean([row[name] for row in rows]))
            for name, value in rows[0].items()
        }
        for rows in groups(records, *columns).values()
    ]


def surely(gaps, sign):
    """Names whose mean difference surely has this sign, 1 or -1; 0: those not told apart.

    gaps {name: paired differences}; Holm's correction for their number
    """
    signs = sure_signs(gaps.values())
    return [name for name, found in zip(gaps, signs, strict=True) if found == sign]
