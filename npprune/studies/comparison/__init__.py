"""What others published for this task, and what was measured here: how far apart, and why?

Our numbers come from the other studies' tables.

    settings.csv      how the networks were made

Read next: npprune/studies/comparison/beside.py.
"""

from npprune.lab.study import Study

STUDY = Study(name="comparison", question="how far is this from what others published, and why?")
