"""Results of a benchmark: derived figures, tables and a plot of growth."""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from prettytable import PrettyTable

from ..visualization.colours import GREY, LIGHT_GREY, LINE_COLOURS
from .cases import Case
from .instruments import UNIT_FLOP, UNIT_SIZE, OperatorTime, Spread
from .macs import TRAINING_FACTOR

MIB = 2**20
_MAX_OPERATORS = 15


@dataclass(frozen=True)
class Measurement:
    """Measured values of a case.

    Args:
        seconds (list[float]): Every timed step.
        unit_seconds (list[float]): Every matrix product in between.
        memory (int): Peak memory of a step in bytes, the median of the
            warm-up steps, above the memory held before the first step (by
            the network and its input). It includes the memory that runtimes
            keep, such as copies of the weights, gradients and the
            optimiser's state.
        memory_sizes (list[int]): Peak of every warm-up step in bytes.
        memory_method (str): The counter that was read.
        first_seconds (float): The first step, before the warm-up, with the
            compilation of a compiled network.
        parameters (int): Values in the network's parameters, in this form.
        threads (int): CPU threads of the operators.
        device_name (str): Name of the processor or GPU.
        operators (list[OperatorTime]): Profile of one more step, if asked
            for.
    """

    seconds: list[float]
    unit_seconds: list[float]
    memory: int
    memory_sizes: list[int]
    memory_method: str
    first_seconds: float
    parameters: int
    threads: int
    device_name: str
    operators: list[OperatorTime] = field(default_factory=list)


@dataclass(frozen=True)
class Result:
    """A case and its measurement.

    Args:
        case (Case): The case.
        macs (int, optional): Multiply-accumulate operations of a forward
            pass of the plain form; None where they cannot be counted.
        measurement (Measurement, optional): Measured values, None if the
            case failed. Defaults to None.
        problem (str, optional): Why the case failed, details in brackets.
            Defaults to None.
    """

    case: Case
    macs: int | None
    measurement: Measurement | None = None
    problem: str | None = None

    @property
    def measured(self) -> Measurement:
        """The measurement of a case that did not fail."""
        assert self.measurement is not None, self.problem
        return self.measurement

    @property
    def time(self) -> Spread:
        """Seconds of a step."""
        return Spread.of(self.measured.seconds)

    @property
    def unit(self) -> Spread:
        """Seconds of the matrix product measured in between."""
        return Spread.of(self.measured.unit_seconds)

    @property
    def products(self) -> float:
        """Median time of a step over that of the matrix product."""
        return self.time.median / self.unit.median

    @property
    def images_per_second(self) -> float:
        """Throughput."""
        return self.case.batch / self.time.median

    @property
    def step_macs(self) -> int | None:
        """Operations of a step; three forward passes for a training step."""
        if self.macs is None:
            return None
        return self.macs * (TRAINING_FACTOR if self.case.train else 1)

    @property
    def share_of_limit(self) -> float | None:
        """Operations per second over those of the float32 matrix product.

        It may exceed 1 in other precisions, which have higher limits.
        """
        if self.step_macs is None:
            return None
        return 2 * self.step_macs / UNIT_FLOP / self.products

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data, in seconds and bytes."""
        found: dict[str, Any] = dict(
            form=self.case.form,
            case=dataclasses.asdict(self.case),
            problem=self.problem,
            macs=self.step_macs)
        if self.measurement is None:
            return found
        figures = dataclasses.asdict(self.measurement)
        figures['operators'] = [
            entry._asdict() for entry in self.measurement.operators]
        return dict(
            found,
            seconds=dataclasses.asdict(self.time),
            unit_seconds=dataclasses.asdict(self.unit),
            products=self.products,
            images_per_second=self.images_per_second,
            share_of_limit=self.share_of_limit,
            measurement=figures)


def result_table(results: Sequence[Result]) -> PrettyTable:
    """Return a table with one case per row.

    It has a column of speed-ups if a plain form precedes another form
    (:func:`speed_ups`), and one of first steps if a form compiles or records
    the network.
    """
    compared = speed_ups(results)
    compiled = any(each.case.compiles for each in results)
    names = ['form', 'batch', 'height x width', 'ms', 'quartiles, ms',
             'products', 'images/s', 'GMACs', 'of the limit', 'memory, MiB']
    names += ['first step, s'] * compiled + ['speed-up'] * bool(compared)
    table = PrettyTable(names, align='r')
    table.align['form'] = 'l'
    for place, result in enumerate(results):
        case, macs = result.case, result.step_macs
        row = {
            'form': case.form,
            'batch': case.batch,
            'height x width': f'{case.height} x {case.width}',
            'GMACs': 'not known' if macs is None else f'{macs / 1e9:.2f}',
        }
        if result.measurement is None:
            row['ms'] = str(result.problem).partition(' (')[0]
        else:
            share, time = result.share_of_limit, result.time
            row.update({
                'ms': f'{1e3 * time.median:.2f}',
                'quartiles, ms':
                    f'{1e3 * time.low:.2f} .. {1e3 * time.high:.2f}',
                'products': f'{result.products:.2f}',
                'images/s': f'{result.images_per_second:.2f}',
                'of the limit': '' if share is None else f'{share:.0%}',
                'memory, MiB': f'{result.measured.memory / MIB:.0f}',
                'first step, s': f'{result.measured.first_seconds:.2f}',
            })
        if place in compared:
            row['speed-up'] = f'{compared[place]:.2f}'
        table.add_row([row.get(name, '') for name in names])
    return table


def speed_ups(results: Sequence[Result]) -> dict[int, float]:
    """Return the speed-up of each form over the plain form right before it.

    It is the ratio of products, by the place of the other form.
    """
    found = {}
    for place, (one, two) in enumerate(zip(results, results[1:]), start=1):
        measured = one.measurement is not None and two.measurement is not None
        if measured and one.case.form == 'plain' != two.case.form \
                and one.case.pixels == two.case.pixels:
            found[place] = one.products / two.products
    return found


def operator_table(operators: Sequence[OperatorTime]) -> PrettyTable:
    """Return a table of the 15 slowest operators; the others share a row."""
    table = PrettyTable(['operator', 'calls', 'self, ms', 'share'], align='r')
    table.align['operator'] = 'l'
    rows, rest = list(operators[:_MAX_OPERATORS]), operators[_MAX_OPERATORS:]
    if rest:
        _, *columns = zip(*rest)
        rows.append(OperatorTime(f'{len(rest)} others', *map(sum, columns)))
    table.add_rows([[entry.name, entry.calls, f'{1e3 * entry.seconds:.2f}',
                     f'{entry.share:.1%}'] for entry in rows])
    return table


def describe_unit(results: Sequence[Result]) -> str:
    """Return a line on the matrix product, the unit of time."""
    spread = Spread.of([seconds for each in results if each.measurement
                        for seconds in each.measured.unit_seconds])
    speed = UNIT_FLOP / spread.median / 1e9
    return (f'unit: product of two {UNIT_SIZE} x {UNIT_SIZE} float32 matrices '
            f'{1e3 * spread.median:.2f} ms (quartiles '
            f'{1e3 * spread.low:.2f} .. {1e3 * spread.high:.2f}), '
            f'{speed:.1f} GFLOP/s: the limit')


def exponent(pixels: Sequence[float], values: Sequence[float]) -> float:
    """Fit ``value ~ pixels^e`` by least squares of the logarithms.

    The exponent is 1 for proportional growth.

    Examples:
        >>> round(exponent([1, 2, 4], [3, 12, 48]), 6)
        2.0
    """
    return float(np.polyfit(np.log(pixels), np.log(values), 1)[0])


def _growth_by_form(
        results: Sequence[Result]
) -> dict[str, tuple[list[int], list[float], list[float]]]:
    """Return pixels, products and MiB of every form, fewest pixels first."""
    found: dict[str, tuple[list[int], list[float], list[float]]] = {}
    for result in sorted(results, key=lambda each: each.case.pixels):
        if result.measurement is not None:
            pixels, time, memory = found.setdefault(
                result.case.form, ([], [], []))
            pixels.append(result.case.pixels)
            time.append(result.products)
            memory.append(max(result.measurement.memory, 1) / MIB)
    return found


def exponents(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """Return the exponents of time and memory by form.

    A form that was measured on a single number of pixels has none.
    """
    return {
        form: dict(products=exponent(pixels, time),
                   memory=exponent(pixels, memory))
        for form, (pixels, time, memory) in _growth_by_form(results).items()
        if len(set(pixels)) > 1
    }


def draw_growth(results: Sequence[Result], title: str) -> Figure:
    """Plot time and memory over pixels, both axes logarithmic.

    A dashed line through the largest input of the first form shows
    proportional growth. Failed cases are left out.
    """
    figure = Figure(figsize=(9, 4.5), layout='constrained')
    figure.suptitle(title, fontsize='medium', wrap=True)
    time_axes, memory_axes = figure.subplots(1, 2)
    for (form, (pixels, time, memory)), colour in zip(
            _growth_by_form(results).items(), LINE_COLOURS):
        time_axes.plot(pixels, time, 'o-', color=colour, label=form)
        memory_axes.plot(pixels, memory, 'o-', color=colour, label=form)
    time_axes.set_ylabel('Time (products of two 2048 x 2048 matrices)')
    memory_axes.set_ylabel('Peak memory above that before (MiB)')
    for axes in (time_axes, memory_axes):
        _finish(axes, results)
    return figure


def _finish(axes: Axes, results: Sequence[Result]) -> None:
    """Add values, the line of proportional growth, scales and labels."""
    lines = axes.get_lines()
    points = [(x, y) for line in lines
              for x, y in zip(*map(np.asarray, line.get_data()))]
    for x, y in points:
        label = f'{y:.3g}' if y < 1000 else f'{y:.0f}'
        highest = y == max(other for at, other in points if at == x)
        place: dict[str, Any] = dict(xytext=(-4, 5), ha='right') if highest \
            else dict(xytext=(4, -12))
        axes.annotate(label, (x, y), textcoords='offset points',
                      fontsize='small', **place)
    if lines:
        pixels, values = map(np.asarray, lines[0].get_data())
        axes.plot(pixels, values[-1] * pixels / pixels[-1], '--',
                  color=GREY, label='linear in pixels', zorder=1)
        axes.legend()
    axes.set_xscale('log')
    axes.set_yscale('log')
    axes.margins(0.12)  # room for the values
    shapes: dict[int, dict[str, None]] = {}
    for case in (each.case for each in results):
        shapes.setdefault(case.pixels, {})[f'{case.height} x {case.width}'
                                           ] = None
    axes.set_xticks(list(shapes), list(map('\n'.join, shapes.values())),
                    rotation=30, ha='right')
    axes.minorticks_off()
    axes.set_xlabel('Input (pixels)')
    axes.grid(color=LIGHT_GREY)
    axes.set_axisbelow(True)
