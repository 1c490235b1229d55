"""Detection probability over the contrast of targets."""
