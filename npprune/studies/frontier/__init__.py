"""How small and how fast at what accuracy: networks that are really made, timed and stored.

Reading order: recipes.py, controls.py, study.py, times.py, footprint.py, choice.py, plots.py,
report.py, deploy.py.
"""
