"""Pure functions on NumPy arrays: counting, matching, formulas, curves."""
