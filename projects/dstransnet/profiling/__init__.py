"""Time, memory and arithmetic of networks."""
from .cases import GROWTH_SIZES, Case, all_cases, check_case, plain_form
from .instruments import (
    UNIT_FLOP,
    OperatorTime,
    Spread,
    matrix_product,
    operator_times,
    peak_above,
    time_in_turns,
)
from .macs import count_macs
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
from .timed_steps import parameter_count

__all__ = [
    'Case', 'GROWTH_SIZES', 'Measurement', 'OperatorTime', 'OutOfMemory',
    'Result', 'Spread', 'UNIT_FLOP', 'all_cases', 'check_case', 'count_macs',
    'describe_unit', 'draw_growth', 'exponents', 'matrix_product', 'measure',
    'measure_all', 'measure_apart', 'operator_table', 'operator_times',
    'parameter_count', 'peak_above', 'plain_form', 'result_table',
    'time_in_turns'
]
