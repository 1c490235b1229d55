"""Detections as points or boxes with scores, and their metrics."""
