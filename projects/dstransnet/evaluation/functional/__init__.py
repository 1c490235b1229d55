"""The metrics as pure functions on NumPy arrays."""
