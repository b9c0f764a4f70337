"""Does pruning find convolution?  The masks of many networks against those that chance would make.

Read next: npprune/studies/locality/networks.py.
"""
