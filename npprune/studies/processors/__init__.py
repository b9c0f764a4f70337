"""Which of the times and ratios carry over to another machine?

Nothing is measured here.  A run on the same data that was timed on another machine, and lies in a
folder of this run's own, is told beside it.

Read next: npprune/studies/processors/tell.py.
"""

from npprune.lab.study import Study

STUDY = Study(name="processors", question="which times and ratios carry over to another machine?")
