"""Checkpoints: read as data, trusted explicitly, found for resuming."""
