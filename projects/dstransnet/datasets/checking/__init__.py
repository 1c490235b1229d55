"""Checks of a downloaded dataset, and its common directory layout."""
