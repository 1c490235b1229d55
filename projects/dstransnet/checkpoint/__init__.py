"""Checkpoints: safe reading, explicit trust, search for resuming."""
from .loaders import download
from .reading import check_state_dict, read_checkpoint, write_safetensors
from .resume import find_checkpoint
from .trust import is_trusted, trusting

__all__ = [
    'check_state_dict', 'download', 'find_checkpoint', 'is_trusted',
    'read_checkpoint', 'trusting', 'write_safetensors'
]
