"""Generated infrared scenes with small targets."""
