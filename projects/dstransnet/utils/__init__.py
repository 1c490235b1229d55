"""Errors, messages, files, memory and config helpers of all other parts."""
from .atomic_io import AtomicLocalBackend, remove_partial_files
from .config import build_split, input_size, split_config
from .devices import check_device
from .errors import InputError, first_line
from .memory import available_memory, is_out_of_memory, keep_freed_memory
from .sample_names import UniqueNames, sample_name, unique_names
from .text import first_few

__all__ = [
    'AtomicLocalBackend', 'InputError', 'UniqueNames', 'available_memory',
    'build_split', 'check_device', 'first_few', 'first_line', 'input_size',
    'is_out_of_memory', 'keep_freed_memory', 'remove_partial_files',
    'sample_name', 'split_config', 'unique_names'
]
