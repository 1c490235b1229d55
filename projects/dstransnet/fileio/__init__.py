"""Writing files."""
from .atomic_backend import AtomicLocalBackend, remove_partial_files

__all__ = ['AtomicLocalBackend', 'remove_partial_files']
