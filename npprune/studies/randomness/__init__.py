"""Is unit pruning random?  The theorem of studies/theorem/ held against networks that learn.

Reading order: rates.py, layers.py, study.py, plots.py, report.py.
"""
