"""How small and how fast at what accuracy: networks that are really made, timed and stored.

Read next: npprune/studies/frontier/recipes.py.
"""
