"""Records of training runs: code, versions, settings and data."""
from .data_changes import changed_data, training_images
from .environment import device_name, git_state, hardware, versions
from .fingerprint import Fingerprint, fingerprints
from .run_record import append_run, finish_run, named_data, read_runs

__all__ = [
    'Fingerprint', 'append_run', 'changed_data', 'device_name', 'finish_run',
    'fingerprints', 'git_state', 'hardware', 'named_data', 'read_runs',
    'training_images', 'versions'
]
