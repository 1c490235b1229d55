"""Helpers without knowledge of networks or datasets."""
