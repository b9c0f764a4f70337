"""Is unit pruning random?  The theorem of studies/theorem/ held against networks that learn.

Read next: npprune/studies/randomness/layers.py.
"""
