"""Which weights to cut: every criterion, budget and repair, and an oracle to hold them against.

Read next: npprune/studies/criteria/oracle.py.
"""
