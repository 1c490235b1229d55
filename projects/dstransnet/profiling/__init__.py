"""Time, memory and arithmetic of networks, measured side by side."""
from .case import Case
from .case_result import Result
from .cases import GROWTH_SIZES, all_cases, check_case, plain_form
from .child import OutOfMemory, measure_apart
from .device_name import device_name, versions
from .growth import draw_growth, exponents
from .macs import TRAINING_FACTOR, count_macs
from .measure import Measurement, measure
from .memory import PeakMemory, peak_above
from .network_inputs import input_channels, parameter_count
from .operators import OperatorTime, operator_times
from .profile_table import describe_unit, operator_table, result_table
from .run import measure_all
from .timing import UNIT_FLOP, UNIT_SIZE, Spread, matrix_product, time_in_turns

__all__ = [
    'Case', 'GROWTH_SIZES', 'Measurement', 'OperatorTime', 'OutOfMemory',
    'PeakMemory', 'Result', 'Spread', 'TRAINING_FACTOR', 'UNIT_FLOP',
    'UNIT_SIZE', 'all_cases', 'check_case', 'count_macs', 'describe_unit',
    'device_name', 'draw_growth', 'exponents', 'input_channels',
    'matrix_product', 'measure', 'measure_all', 'measure_apart',
    'operator_table', 'operator_times', 'parameter_count', 'peak_above',
    'plain_form', 'result_table', 'time_in_turns', 'versions'
]
