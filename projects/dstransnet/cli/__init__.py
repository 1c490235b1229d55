"""What the command-line tools share: configs, checks, errors, launching."""
from .config_file import (
    add_common_arguments,
    load_config,
    read_config,
)
from .messages import (
    check_folder,
    one_line_errors,
)
from .metrics import (
    draw_detections_in,
    find_result,
    metric_protocol,
    metric_table,
    set_threshold,
    test_reading,
    update_metric,
    use_irstd_metric,
)
from .running import (
    build_runner,
    check_checkpoint,
    enable_amp,
    enable_tta,
)

__all__ = [
    'add_common_arguments',
    'build_runner',
    'check_checkpoint',
    'check_folder',
    'draw_detections_in',
    'enable_amp',
    'enable_tta',
    'find_result',
    'load_config',
    'metric_protocol',
    'metric_table',
    'one_line_errors',
    'read_config',
    'set_threshold',
    'test_reading',
    'update_metric',
    'use_irstd_metric',
]
