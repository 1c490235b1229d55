"""Many models side by side: jobs, their results, tables and figures."""
from .jobs import Job, run_jobs
from .models import Budget, Model, all_models
from .tables import Table, write_table
from .work import Workshop

__all__ = [
    'Budget', 'Job', 'Model', 'Table', 'Workshop', 'all_models', 'run_jobs',
    'write_table'
]
