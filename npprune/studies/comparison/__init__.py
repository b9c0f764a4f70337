"""Source, others, here: every number that was published for this task beside this run's own.

Read next: npprune/studies/comparison/others.py.
"""
