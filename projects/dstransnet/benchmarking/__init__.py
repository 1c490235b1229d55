"""Many models side by side: jobs, their results, tables and figures."""
from .cross_dataset import cross_models, cross_table, read_datasets
from .jobs import Job, run_jobs
from .models import Budget, Model, all_models
from .tables import Table, write_table
from .work import Workshop

__all__ = [
    'Budget', 'Job', 'Model', 'Table', 'Workshop', 'all_models',
    'cross_models', 'cross_table', 'read_datasets', 'run_jobs', 'write_table'
]
