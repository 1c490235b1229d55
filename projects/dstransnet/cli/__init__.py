"""What the command-line tools share: configs, checks, errors, launching."""
from ..checkpoint.resume import check_same_checkpoint
from ..checkpoint.trust import trusting
from ..utils.devices import check_device
from .config_file import (
    add_common_arguments,
    add_settings_argument,
    add_trust_argument,
    load_config,
    read_config,
)
from .inference import (
    add_deploy_arguments,
    add_tile_arguments,
    check_tiles,
    deploy_for_test,
    deploy_settings,
    deployed,
    enable_tiles,
    network_settings,
    tile_settings,
)
from .messages import check_folder, one_line_errors
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
from .optional_values import fill_in_values
from .precision import add_amp_argument, enable_amp
from .resuming import interruptible, make_resumable, resume_newest
from .run_hooks import add_run_hooks
from .run_options import add_run_arguments, apply_run_options
from .running import build_runner, check_checkpoint, enable_tta

__all__ = [
    'add_amp_argument',
    'add_common_arguments',
    'add_deploy_arguments',
    'add_run_arguments',
    'add_run_hooks',
    'add_tile_arguments',
    'add_settings_argument',
    'add_trust_argument',
    'apply_run_options',
    'build_runner',
    'check_checkpoint',
    'check_device',
    'check_folder',
    'check_same_checkpoint',
    'check_tiles',
    'deploy_for_test',
    'deploy_settings',
    'deployed',
    'draw_detections_in',
    'enable_amp',
    'enable_tiles',
    'enable_tta',
    'fill_in_values',
    'find_result',
    'interruptible',
    'load_config',
    'make_resumable',
    'metric_protocol',
    'metric_table',
    'network_settings',
    'one_line_errors',
    'read_config',
    'resume_newest',
    'set_threshold',
    'test_reading',
    'tile_settings',
    'trusting',
    'update_metric',
    'use_irstd_metric',
]
