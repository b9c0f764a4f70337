"""Which of the times and ratios carry over to another machine?

Runs on the same data, timed on other machines and kept in folders of this run's, stand beside it.

Read next: npprune/studies/processors/tell.py.
"""

from npprune.lab.study import Study

STUDY = Study(name="processors", question="which times and ratios carry over to another machine?")
