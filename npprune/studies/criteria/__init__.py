"""Which weights to cut: every criterion, budget and repair, and an oracle to hold them against.

Reading order: study.py, oracle.py, plots.py, report.py.
"""
