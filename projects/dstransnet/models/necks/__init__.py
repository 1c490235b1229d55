"""Necks."""
from .rdsf_neck import RDSFNeck

__all__ = ['RDSFNeck']
