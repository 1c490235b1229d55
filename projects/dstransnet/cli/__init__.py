"""Shared parts of the command-line tools.

Arguments (``add_..._arguments``) and their effects on configs, networks and
runs; errors in one line.
"""
from ..checkpoint.resume import check_same_checkpoint
from ..checkpoint.trust import trusting
from ..evaluation.config_metrics import metric_protocol
from ..utils.devices import check_device
from .amp_option import add_amp_arguments, apply_amp_options, enable_amp
from .config_file import (
    add_checkpoint_argument,
    add_common_arguments,
    add_config_arguments,
    add_settings_argument,
    add_trust_argument,
    load_config,
    read_config,
    resolve_model,
    split_model,
)
from .deploy_options import (
    add_deploy_arguments,
    deploy_arguments,
    deploy_for_test,
    deploy_settings,
    deployed,
    network_settings,
)
from .error_lines import check_folder, one_line_errors
from .interruptible_run import interruptible, make_resumable, resume_newest
from .metric_options import (
    add_measures_argument,
    checked_names,
    difficulty_table,
    draw_detections_in,
    find_result,
    measure_names,
    measured_metrics,
    metric_table,
    named_results,
    set_threshold,
    test_reading,
    update_metric,
    use_irstd_metric,
)
from .prediction_options import (
    add_prediction_arguments,
    add_tile_arguments,
    check_tiles,
    enable_tiles,
    tile_settings,
)
from .run_options import add_run_arguments, apply_run_options
from .runner import (
    add_run_hooks,
    build_runner,
    check_checkpoint,
    check_initial_weights,
    enable_tta,
)
from .tool_parser import ToolParser, at_least

# One line a subject.
__all__ = [
    'ToolParser', 'at_least', 'check_device', 'check_folder',
    'one_line_errors', 'trusting',
    'add_checkpoint_argument', 'add_common_arguments',
    'add_config_arguments', 'add_settings_argument', 'add_trust_argument',
    'load_config',
    'read_config', 'resolve_model',
    'split_model',
    'add_amp_arguments', 'apply_amp_options', 'enable_amp',
    'add_run_arguments', 'add_run_hooks', 'apply_run_options', 'build_runner',
    'check_checkpoint', 'check_initial_weights', 'check_same_checkpoint',
    'interruptible',
    'make_resumable', 'resume_newest',
    'add_deploy_arguments', 'deploy_arguments', 'deploy_for_test',
    'deploy_settings', 'deployed', 'network_settings',
    'add_prediction_arguments', 'add_tile_arguments', 'check_tiles',
    'enable_tiles', 'tile_settings',
    'add_measures_argument', 'checked_names', 'difficulty_table',
    'draw_detections_in',
    'enable_tta', 'find_result', 'measure_names', 'measured_metrics',
    'metric_protocol', 'metric_table', 'named_results', 'set_threshold',
    'test_reading', 'update_metric', 'use_irstd_metric',
]
