"""How near training and inference are to what this machine allows.

Reading order: training.py, inference.py, roofline.py, growth.py,
around.py, report.py.
"""
