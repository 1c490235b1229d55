"""Decoded images and masks kept in shared memory."""
