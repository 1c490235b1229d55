"""An independent reference: flood fill, loops and fractions."""
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from projects.dstransnet.evaluation import DetectionCounts

Pixels = list[tuple[int, int]]


def drawn(picture: str) -> np.ndarray:
    """Return the mask whose pixels are the # of a picture."""
    return np.array([[letter == '#' for letter in line]
                     for line in picture.split()])


def painted(picture: str) -> np.ndarray:
    """Return the scores whose tenths are the digits of a picture."""
    return np.array([[0 if letter == '.' else int(letter) / 10
                      for letter in line]
                     for line in picture.split()], np.float32)


def flood_fill(mask: np.ndarray, connectivity: int = 8) -> list[Pixels]:
    """Return the pixels of each component, components in raster order."""
    height, width = mask.shape
    steps = [(-1, 0), (0, -1), (0, 1), (1, 0)]
    if connectivity == 8:
        steps += [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    seen, components = set(), []
    for row in range(height):
        for col in range(width):
            if not mask[row, col] or (row, col) in seen:
                continue
            seen.add((row, col))
            pixels, todo = [], [(row, col)]
            while todo:
                y, x = todo.pop()
                pixels.append((y, x))
                for dy, dx in steps:
                    near = y + dy, x + dx
                    if (0 <= near[0] < height and 0 <= near[1] < width
                            and mask[near] and near not in seen):
                        seen.add(near)
                        todo.append(near)
            components.append(sorted(pixels))
    return components


def centre(pixels: Pixels) -> tuple[Fraction, Fraction]:
    rows, cols = zip(*pixels)
    return Fraction(sum(rows), len(rows)), Fraction(sum(cols), len(cols))


def squared_distances(targets: list[Pixels],
                      found: list[Pixels]) -> list[list[Fraction]]:
    ends = [centre(pixels) for pixels in found]
    return [[(y - v)**2 + (x - u)**2 for v, u in ends]
            for y, x in map(centre, targets)]


def chebyshev_distance(mask: np.ndarray) -> np.ndarray:
    """Distance of every pixel from a mask, the larger of the two axes'."""
    offsets = np.argwhere(np.ones_like(mask))[:, None] - np.argwhere(mask)
    return np.abs(offsets).max(-1).min(-1).reshape(mask.shape)


def slow_match(targets: list[Pixels],
               found: list[Pixels],
               distance: float = 3,
               match: str = 'centroid') -> tuple[list[bool], list[bool]]:
    """Return which targets are detected, and which components are hits."""
    if match == 'overlap':
        common = [[bool(set(target) & set(pixels)) for pixels in found]
                  for target in targets]
        return ([any(row) for row in common],
                [any(row[k] for row in common) for k in range(len(found))])
    free, detected = list(range(len(found))), []
    for row in squared_distances(targets, found):
        near = [k for k in free if row[k] < Fraction(distance)**2]
        detected.append(bool(near))
        if near:
            free.remove(near[0])
    return detected, [k not in free for k in range(len(found))]


def slow_counts(prediction: np.ndarray,
                target: np.ndarray,
                distance: float = 3,
                match: str = 'centroid',
                connectivity: int = 8) -> DetectionCounts:
    targets = flood_fill(target, connectivity)
    found = flood_fill(prediction, connectivity)
    detected, matched = slow_match(targets, found, distance, match)
    predicted = {pixel for pixels in found for pixel in pixels}
    actual = {pixel for pixels in targets for pixel in pixels}
    hit = {
        pixel
        for pixels, one in zip(targets, detected) if one
        for pixel in pixels
    }
    taken_areas = [len(pixels) for pixels, one in zip(found, matched) if one]
    left = [len(pixels) for pixels, one in zip(found, matched) if not one]
    return DetectionCounts(
        pixels=target.shape[0] * target.shape[1],
        true_positives=len(predicted & actual),
        predicted=len(predicted),
        actual=len(actual),
        targets=len(targets),
        detected=detected.count(True),
        false_area=sum(area for area in left if area not in taken_areas),
        false_component=sum(left),
        false_pixel=len(predicted - hit),
        false_alarms=len(left))


def above(scores: np.ndarray, threshold: float) -> np.ndarray:
    """Compare as numbers of the scores' type, one by one."""
    limit = float(scores.dtype.type(threshold))
    return np.array([[float(score) > limit for score in row]
                     for row in scores])


def close_call(first: np.ndarray,
               second: np.ndarray,
               distance: float = 3,
               connectivity: int = 8) -> bool:
    """Whether rounding of centroids may decide what is near."""
    ends = [flood_fill(mask, connectivity) for mask in (first, second)]
    exact = [
        all(value.denominator in (1, 2, 4, 8) for pixels in some
            for value in centre(pixels)) for some in ends
    ]
    return any(
        abs(value - Fraction(distance)**2) < Fraction(1, 10**9)
        and not (all(exact) and value == Fraction(distance)**2)
        for row in squared_distances(*ends) for value in row)


def assert_same_sweep(counts: DetectionCounts,
                      expected: Sequence[DetectionCounts]) -> None:
    """Assert that a sweep has these counts at its thresholds, as ints."""
    for k, one in enumerate(expected):
        assert counts.at(k) == one, f'threshold number {k}'
    for name in ('true_positives', 'predicted', 'detected', 'false_area',
                 'false_component', 'false_pixel', 'false_alarms'):
        values = getattr(counts, name)
        assert values.shape == (len(expected), ), name
        assert values.dtype == np.int64, name


@st.composite
def masks(draw, count: int = 1) -> list[np.ndarray]:
    """Small masks of one shape, sparse or dense, each row a bit pattern."""
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    rows = st.lists(
        st.integers(0, 2**width - 1), min_size=height, max_size=height)
    result = []
    for _ in range(count):
        bits = np.array(draw(rows))
        for _ in range(draw(st.integers(0, 2))):
            bits &= np.array(draw(rows))
        result.append(bits[:, None] >> np.arange(width) & 1)
    return result


@st.composite
def score_maps(draw) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Scores of few values, a mask of that shape, and thresholds.

    Thresholds lie on values, between them, below all and above all; they may
    be one or many, and are not evenly spaced.
    """
    mask, *layers = draw(masks(draw(st.integers(2, 5))))
    values = sorted(draw(st.lists(
        st.integers(0, 10), min_size=len(layers), max_size=len(layers))))
    scores = np.zeros(mask.shape, np.float32)
    for layer, value in zip(layers, values):
        scores[layer > 0] = value / 10
    steps = draw(st.lists(
        st.integers(-1, 21), min_size=1, max_size=8, unique=True))
    return scores, mask, [step / 20 for step in sorted(steps)]
