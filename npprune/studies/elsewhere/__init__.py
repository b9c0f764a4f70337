"""Do the conclusions hold on other data?

A run on other data in a folder of this run's own, such as
`npprune --data-dir my-data --out npprune-run/my-data`, is shown beside it by the same numbers.

    headlines.csv     a line of the table: what is said, of which study, by which slot of its words

Read next: npprune/studies/elsewhere/tell.py.
"""

from npprune.lab.study import Study

STUDY = Study(name="elsewhere", question="do the conclusions hold on other data?")
