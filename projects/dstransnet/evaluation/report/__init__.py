"""Results of evaluations: records of images, files, comparison tables."""
from .comparability import differences, pd_orders, protocol_note
from .comparison_table import (
    comparison_csv,
    comparison_latex,
    comparison_markdown,
    metric_names,
    run_names,
)
from .evaluation_files import EvaluationFiles
from .evaluation_result import EvaluationResult, hash_names, result_warnings
from .image_records import ImageRecord, records_to_csv, worst_first

__all__ = [
    'EvaluationFiles', 'EvaluationResult', 'ImageRecord', 'comparison_csv',
    'comparison_latex', 'comparison_markdown', 'differences', 'hash_names',
    'metric_names', 'pd_orders', 'protocol_note', 'records_to_csv',
    'result_warnings', 'run_names', 'worst_first'
]
