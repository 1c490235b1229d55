"""Settings of synthetic infrared scenes."""
from __future__ import annotations

import dataclasses
from typing import Any

from ...utils.errors import InputError


def _setting(default: Any, low: float, high: float) -> Any:
    """Declare a field whose values, or both ends, lie within limits."""
    return dataclasses.field(
        default=default, metadata=dict(low=low, high=high))


def _checked(field: dataclasses.Field, value: Any) -> Any:
    """Return a value in the type of its field, or raise an error."""
    default: Any = field.default
    ranged = isinstance(default, tuple)
    listed = isinstance(value, (list, tuple))
    values = tuple(value) if listed else (value, )
    kind = type(default[0] if ranged else default)
    accepted = (int, float) if kind is float else (int, )
    low, high = field.metadata['low'], field.metadata['high']
    if (listed != ranged or len(values) != 1 + ranged
            or any(type(number) not in accepted for number in values)
            or not low <= values[0] <= values[-1] <= high):
        name = 'number' if kind is float else 'integer'
        expected = f'two {name}s, the smaller first,' if ranged else name
        raise InputError(f'{field.name}: expected {expected} within '
                         f'[{low}, {high}], got {value!r}')
    values = tuple(kind(number) for number in values)
    return values if ranged else values[0]


@dataclasses.dataclass(frozen=True)
class SceneConfig:
    """Settings of synthetic scenes. Ranges are (smallest, largest).

    Attributes:
        size (int): Height and width in pixels, at least 96.
        targets (tuple[int, int]): Number of targets, of which there is room
            for (size // 48) ** 2.
        area (tuple[int, int]): Area of a target's mask in pixels.
        scr (tuple[float, float]): Local signal-to-clutter ratio of a target,
            see :func:`local_scr`, before rounding to 8 bits.
        visibility (float): Smallest scr * sqrt(area) wherever ``scr`` allows
            it, the signal-to-noise ratio of a matched filter: faint targets
            are the larger ones.
        clutter (float): Factor on the contrast of clouds, lumps, waves,
            glints, textures and windows.
        noise (tuple[float, float]): Deviation of the sensor noise, grey
            levels.
        hot_pixels (tuple[int, int]): Number of defects of the sensor, single
            pixels and clusters of up to four.

    Raises:
        InputError: If a value is outside its limits.
    """
    size: int = _setting(256, 96, 4096)
    targets: tuple[int, int] = _setting((1, 4), 0, 1000)
    area: tuple[int, int] = _setting((2, 80), 2, 400)
    scr: tuple[float, float] = _setting((1.5, 8.), 0.1, 100)
    visibility: float = _setting(6., 0, 100)
    clutter: float = _setting(1., 0, 3)
    noise: tuple[float, float] = _setting((0.8, 3.), 0.3, 30)
    hot_pixels: tuple[int, int] = _setting((0, 12), 0, 1000)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = _checked(field, getattr(self, field.name))
            object.__setattr__(self, field.name, value)
        most = (self.size // 48)**2
        if self.targets[1] > most:
            raise InputError(f'targets: expected {most} at most in an image '
                             f'of {self.size} pixels, got {self.targets}')
