"""Tables of a benchmark, and the same as plain data."""
from __future__ import annotations

from collections.abc import Sequence

from prettytable import PrettyTable

from .case_result import Result
from .operators import OperatorTime
from .timing import UNIT_FLOP, UNIT_SIZE, Spread

MIB = 2**20
_MOST_OPERATORS = 15


def result_table(results: Sequence[Result]) -> PrettyTable:
    """Return the table of all cases, one a row.

    A column of speed-ups is there if the plain form goes before another: the
    products of the former over those of the latter. A column of first steps is
    there if one of them compiles or records the network.
    """
    compared = speed_ups(results)
    names = ['form', 'batch', 'height x width', 'ms', 'quartiles, ms',
             'products', 'images/s', 'GMACs', 'of the limit', 'memory, MiB']
    compiled = any(each.case.compiles for each in results)
    names += ['first step, s'] * compiled + ['speed-up'] * bool(compared)
    table = PrettyTable(names, align='r')
    table.align['form'] = 'l'
    for place, result in enumerate(results):
        case, macs = result.case, result.step_macs
        row = [case.form, case.batch, f'{case.height} x {case.width}']
        gmacs = 'not known' if macs is None else f'{macs / 1e9:.2f}'
        if result.measurement is None:
            problem = str(result.problem).partition(' (')[0]
            row += [problem, '', '', '', gmacs, '', '']
            row += [''] * (len(names) - len(row))
            table.add_row(row)
            continue
        share, seconds = result.share_of_limit, result.time
        row += [
            f'{1e3 * seconds.median:.2f}',
            f'{1e3 * seconds.low:.2f} .. {1e3 * seconds.high:.2f}',
            f'{result.products:.2f}', f'{result.images_per_second:.2f}',
            gmacs, '' if share is None else f'{share:.0%}',
            f'{result.measured.memory / MIB:.0f}'
        ]
        if compiled:
            row.append(f'{result.measured.first_seconds:.2f}')
        if compared:
            row.append(f'{compared[place]:.2f}' if place in compared else '')
        table.add_row(row)
    return table


def speed_ups(results: Sequence[Result]) -> dict[int, float]:
    """Return how many times faster than the plain form each other form is.

    Args:
        results (Sequence[Result]): The plain form right before the other.

    Returns:
        dict[int, float]: Ratio of products by place of the other form.
    """
    found = {}
    for place, (one, two) in enumerate(zip(results, results[1:]), start=1):
        measured = one.measurement is not None and two.measurement is not None
        if measured and one.case.form == 'plain' != two.case.form \
                and one.case.pixels == two.case.pixels:
            found[place] = one.products / two.products
    return found


def operator_table(operators: Sequence[OperatorTime]) -> PrettyTable:
    """Return the slowest operators, and the others as one row."""
    table = PrettyTable(['operator', 'calls', 'self, ms', 'share'], align='r')
    table.align['operator'] = 'l'
    shown, rest = operators[:_MOST_OPERATORS], operators[_MOST_OPERATORS:]
    rows = list(shown)
    if rest:
        rows.append(
            OperatorTime(f'{len(rest)} others',
                         sum(entry.calls for entry in rest),
                         sum(entry.seconds for entry in rest),
                         sum(entry.share for entry in rest)))
    table.add_rows([[entry.name, entry.calls, f'{1e3 * entry.seconds:.2f}',
                     f'{entry.share:.1%}'] for entry in rows])
    return table


def describe_unit(results: Sequence[Result]) -> str:
    """Return one line on the unit of time, of all measured cases."""
    spread = Spread.of([seconds for each in results if each.measurement
                        for seconds in each.measured.unit_seconds])
    speed = UNIT_FLOP / spread.median / 1e9
    return (f'unit: product of two {UNIT_SIZE} x {UNIT_SIZE} float32 matrices '
            f'{1e3 * spread.median:.2f} ms (quartiles '
            f'{1e3 * spread.low:.2f} .. {1e3 * spread.high:.2f}), '
            f'{speed:.1f} GFLOP/s: the limit')
