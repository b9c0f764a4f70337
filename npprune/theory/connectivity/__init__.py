"""Which pixels a unit is connected to: is it a neighbourhood, and more than chance would make it?

In a convolutional layer each unit sees a small patch (locality), the patches cover the image
(tiling), and many units look for the same thing at different places (weight sharing).

Read next: npprune/theory/connectivity/images.py.
"""
