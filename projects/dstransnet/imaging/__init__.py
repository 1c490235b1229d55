"""Infrared images and masks as arrays: files, dynamic range, components."""
