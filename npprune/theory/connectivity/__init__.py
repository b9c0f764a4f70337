"""Which pixels a unit is connected to: is it a neighbourhood, and more than chance would make it?

A convolutional layer is a fully connected one with three properties: each unit sees a small patch
(locality), the patches of the units cover the image (tiling), and many units look for the same
thing at different places (weight sharing).  Here the first layer's mask is measured for each, and
set against masks that chance would make.  Masks are (n_pixels, n_units) bool as everywhere, a unit
is a COLUMN; inside they are stacks of images (n_units, height, width), one for each unit.

Read next: npprune/theory/connectivity/images.py.
"""
