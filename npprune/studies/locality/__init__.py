"""Does pruning find convolution?  The masks of many networks against those that chance would make.

Reading order: networks.py, rows.py, study.py, plots.py, verdict.py, report.py; what is measured
of a mask, and the nulls, are in npprune/studies/connectivity/.
"""
