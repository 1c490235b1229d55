"""Modulated deformable convolution and its operators."""
