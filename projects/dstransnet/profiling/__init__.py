"""Time, memory and arithmetic of networks."""
from .cases import GROWTH_SIZES, Case, all_cases, check_case, plain_form
from .instruments import (
    UNIT_FLOP,
    UNIT_SIZE,
    OperatorTime,
    PeakMemory,
    Spread,
    matrix_product,
    operator_times,
    peak_above,
    time_in_turns,
)
from .macs import TRAINING_FACTOR, count_macs
from .measurement import OutOfMemory, measure, measure_all, measure_apart
from .results import (
    Measurement,
    Result,
    describe_unit,
    draw_growth,
    exponents,
    operator_table,
    result_table,
)
from .timed_steps import input_channels, parameter_count

__all__ = [
    'Case', 'GROWTH_SIZES', 'Measurement', 'OperatorTime', 'OutOfMemory',
    'PeakMemory', 'Result', 'Spread', 'TRAINING_FACTOR', 'UNIT_FLOP',
    'UNIT_SIZE', 'all_cases', 'check_case', 'count_macs', 'describe_unit',
    'draw_growth', 'exponents', 'input_channels',
    'matrix_product', 'measure', 'measure_all', 'measure_apart',
    'operator_table', 'operator_times', 'parameter_count', 'peak_above',
    'plain_form', 'result_table', 'time_in_turns'
]
