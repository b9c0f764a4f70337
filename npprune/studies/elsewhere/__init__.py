"""Do the conclusions hold on other data?

A run on other data in a folder of this run's own, such as
`npprune --data-dir my-data --out npprune-run/my-data`, is shown beside it by the same numbers.

    headlines.csv     the table's lines: words, a study, a slot of its words

Read next: npprune/studies/elsewhere/tell.py.
"""

from npprune.lab.study import Study

STUDY = Study(name="elsewhere", question="do the conclusions hold on other data?")
