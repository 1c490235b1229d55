"""Many models side by side: jobs, their results, tables and figures."""
from .jobs import Job, run_jobs
from .models import Budget, Model, all_models, cross_models, read_datasets
from .tables import Table, cross_table, write_table
from .work import Workshop

__all__ = [
    'Budget', 'Job', 'Model', 'Table', 'Workshop', 'all_models',
    'cross_models', 'cross_table', 'read_datasets', 'run_jobs', 'write_table'
]
