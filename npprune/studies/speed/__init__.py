"""How near training and inference are to what this machine allows.

Read next: npprune/studies/speed/training.py.
"""
