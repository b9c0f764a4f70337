"""What others published for this task, and what was measured here: how far apart, and why?

The source report and another public answer to the same challenge stand beside this run's own
records.  Nothing is measured: every number of ours comes from the other studies' tables.  A run on
other data, of another network, or in the quick form has nothing to compare.

    settings.csv      how each of the networks here was made, and how the others' were

Read next: npprune/studies/comparison/beside.py.
"""

from npprune.lab.study import Study

STUDY = Study(name="comparison", question="how far is this from what others published, and why?")
