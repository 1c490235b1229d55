"""Low-rank and sparse decomposition of patches.

The background's patches resemble each other and make up a matrix or tensor of
low rank; what is left over are the targets. Each function takes grey levels
of 0 .. 255, (H, W), and returns scores of that shape, float64.
"""
from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from .filters import grey_levels
from .patches import Patches


def _min_max(values: np.ndarray) -> np.ndarray:
    """Scale values to 0 .. 1, to 0 where all are equal."""
    spread = np.ptp(values)
    return (values - values.min()) / (spread if spread else 1)


def _soft(values: np.ndarray, threshold: float) -> np.ndarray:
    return np.sign(values) * np.maximum(np.abs(values) - threshold, 0)


def _with_singular_values(
    matrix: np.ndarray, change: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Change the singular values of a matrix.

    By the eigenvectors of the smaller Gram matrix, several times faster than
    by singular vectors. Singular values below 1e-8 of the largest are lost.

    Returns:
        tuple: The matrix, and its new singular values, smallest first.
    """
    if matrix.shape[0] < matrix.shape[1]:
        changed, values = _with_singular_values(matrix.T, change)
        return changed.T, values
    squares, vectors = np.linalg.eigh(matrix.T @ matrix)
    old = np.sqrt(np.maximum(squares, 0))
    new = change(old)
    kept = (new > 0) & (old > 0)
    vectors = vectors[:, kept]
    changed = matrix @ (vectors * (new[kept] / old[kept])) @ vectors.T
    return changed, new


def _lowered(matrix: np.ndarray,
             threshold: float) -> tuple[np.ndarray, np.ndarray]:
    return _with_singular_values(
        matrix, lambda values: np.maximum(values - threshold, 0))


def _structure_tensor(image: np.ndarray, sigmas: tuple[float, float],
                      border: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the larger and the smaller eigenvalue, each (H, W).

    Args:
        image (np.ndarray): Shape (H, W).
        sigmas (tuple): Standard deviations of the 3 x 3 Gaussian kernels
            for the image and for the products of gradients, in pixels.
        border (int): OpenCV's border type.
    """

    def smoothed(values: np.ndarray, sigma: float) -> np.ndarray:
        return cv2.GaussianBlur(values, (3, 3), sigma, borderType=border)

    y, x = np.gradient(smoothed(image, sigmas[0]))
    xx, xy, yy = (smoothed(product, sigmas[1])
                  for product in (x * x, x * y, y * y))
    mean, root = (xx + yy) / 2, np.sqrt(((xx - yy) / 2)**2 + xy**2)
    return mean + root, mean - root


def ipi(image: np.ndarray,
        size: int = 50,
        step: int = 10,
        anchored: bool = True,
        max_iterations: int = 1000) -> np.ndarray:
    """IPI: infrared patch-image model.

    With patches as columns of D, minimise the nuclear norm of B plus lambda
    times the sum of magnitudes of T, subject to D = B + T, by accelerated
    proximal gradients. The score is the median of T over the patches of a
    pixel. As in the public code, lambda is 1 / sqrt(max(H, W)).

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        size (int): Side of the patches in pixels. Defaults to 50.
        step (int): Distance of the patches in pixels. Defaults to 10.
        anchored (bool): See :class:`.Patches`. The public code has False,
            and loses targets at the far borders. Defaults to True.
        max_iterations (int): Defaults to 1000.

    Returns:
        np.ndarray: Parts of the image's range, of shape (H, W); dark targets
        are below 0.

    Raises:
        ValueError: If an argument is none of these.

    Reference:
        Gao et al., Infrared Patch-Image Model for Small Target Detection in
        a Single Image, IEEE TIP 22(12), 2013.
    """
    image = grey_levels(image)
    patches = Patches(image.shape, size, step, anchored)
    cut = patches.cut(image)
    data = _min_max(cut.reshape(-1, cut.shape[2]))
    weight = 1 / np.sqrt(max(image.shape))
    values = np.linalg.svd(data, compute_uv=False)
    second, fourth = (values[min(n, len(values) - 1)] for n in (1, 3))
    mu, mu_least = second, 0.005 * fourth
    # Axis 0: background, target.
    now = before = np.zeros((2, *data.shape))
    t, t_before = 1., 1.
    rank_before = unchanged = count_then = 0
    for _ in range(max_iterations):
        point = now + (t_before - 1) / t * (now - before)
        residual = (point.sum(axis=0) - data) / 2
        background, lowered = _lowered(point[0] - residual, mu / 2)
        target = _soft(point[1] - residual, weight * mu / 2)
        before, now = now, np.stack([background, target])
        rank = int(np.count_nonzero(lowered))
        count = int(np.count_nonzero(target))
        step_size = 2 * (point - now) + (now - point).sum(axis=0)
        if (np.linalg.norm(step_size)
                <= 2e-6 * max(1., float(np.linalg.norm(now)))):
            break
        if rank == rank_before:
            unchanged += 1
            if unchanged > 10 and abs(count - count_then) < 20:
                break
        else:
            unchanged, count_then = 0, count
        if rank > 0.3 * min(data.shape):
            break
        rank_before = rank
        mu = max(0.9 * mu, mu_least)
        t_before, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
    return patches.join(target.reshape(cut.shape), 'median')


def nram(image: np.ndarray,
         size: int = 50,
         step: int = 10,
         gamma: float = 0.002,
         max_iterations: int = 1000) -> np.ndarray:
    r"""NRAM: non-convex rank approximation.

    Patches are columns of D = B + T + E: the background B has a low rank in
    the gamma norm, the targets T are few, and strong edges E fill whole
    columns. As in the public code, negative targets are nearly excluded, and
    of overlapping patches the last one wins.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        size (int): Side of the patches in pixels. Defaults to 50.
        step (int): Distance of the patches in pixels. Defaults to 10.
        gamma (float): Of the gamma norm; small values are close to the rank.
            Defaults to 0.002.
        max_iterations (int): Defaults to 1000.

    Returns:
        np.ndarray: Parts of the image's range, of shape (H, W); mostly 0.

    Raises:
        ValueError: If an argument is none of these.

    Reference:
        Zhang et al., Infrared Small Target Detection via Non-Convex Rank
        Approximation Minimization Joint l2,1 Norm, Remote Sensing 10(11),
        2018.
    """
    image = grey_levels(image)
    patches = Patches(image.shape, size, step)
    cut = patches.cut(image)
    data = _min_max(cut.reshape(-1, cut.shape[2]))
    columns = 3 / np.sqrt(min(data.shape))
    mu = 3 * np.sqrt(max(data.shape))
    values = np.zeros(min(data.shape))

    def shrink(old: np.ndarray) -> np.ndarray:
        """Lower singular values, the small ones more."""
        new = values
        for _ in range(100):
            before = new
            new = np.maximum(
                old - (1 + gamma) * gamma / (gamma + before)**2 / mu, 0)
            if np.square(new - before).sum() < 1e-6:
                break
        return new

    target, edges, multiplier = np.zeros((3, *data.shape))
    for _ in range(max_iterations):
        shifted = data - multiplier / mu
        background, values = _with_singular_values(
            shifted - target - edges, shrink)
        rest = shifted - background - edges
        weight = 0.4 / (np.abs(rest) + 0.04)
        # The negative part lacks 1 / mu in the public code.
        target = np.maximum(rest - weight / mu, 0) + np.minimum(
            rest + weight, 0)
        rest = shifted - background - target
        norms = np.maximum(np.linalg.norm(rest, axis=0), 1e-300)
        edges = rest * np.maximum(1 - columns / mu / norms, 0)
        gap = background + edges + target - data
        if np.linalg.norm(gap) <= 1e-7 * np.linalg.norm(data):
            break
        multiplier = multiplier + mu * gap
        mu *= 1.1
    return patches.join(target.reshape(cut.shape), 'last')


def pstnn(image: np.ndarray,
          size: int = 40,
          step: int = 40,
          weight: float = 0.7,
          max_iterations: int = 500) -> np.ndarray:
    """PSTNN: partial sum of the tensor nuclear norm.

    Patches are the slices of a tensor. Of the singular values of its Fourier
    slices the first ones are kept; targets are weighted by the corner
    strength of the structure tensor. Of overlapping patches the last wins, as
    in the public code.

    Args:
        image (np.ndarray): Grey levels of 0 .. 255, of shape (H, W).
        size (int): Side of the patches in pixels. Defaults to 40.
        step (int): Distance of the patches in pixels. Defaults to 40.
        weight (float): Of sparsity; higher finds fewer targets. Defaults to
            0.7.
        max_iterations (int): Defaults to 500.

    Returns:
        np.ndarray: Grey levels of shape (H, W), 0 or more, mostly 0.

    Raises:
        ValueError: If an argument is none of these.

    Reference:
        Zhang and Peng, Infrared Small Target Detection Based on Partial Sum
        of the Tensor Nuclear Norm, Remote Sensing 11(4), 2019.
    """
    image = grey_levels(image)
    patches = Patches(image.shape, size, step)
    data = patches.cut(image)
    larger, smaller = _structure_tensor(image, (2, 9), cv2.BORDER_REFLECT)
    total = larger + smaller
    corner = larger * smaller / np.where(total > 0, total, 1)
    prior = patches.cut(_min_max(larger * corner))

    slices = data.shape[2]
    penalty = weight / np.sqrt(max(data.shape[:2]) * slices)
    # A reshaped tensor, not an unfolded one, as in all public codes.
    values = np.linalg.svd(
        data.reshape(slices, -1, order='F'), compute_uv=False)
    kept = np.count_nonzero(values >= 0.1 * values[0])

    mu, count_before = 2e-3, 0
    target = multiplier = np.zeros_like(data)
    reweight = np.ones_like(data)
    for _ in range(max_iterations):
        spectrum = np.fft.rfft(data - target - multiplier / mu, axis=2)
        u, values, v = np.linalg.svd(
            spectrum.transpose(2, 0, 1), full_matrices=False)
        values[:, kept:] = np.maximum(values[:, kept:] - 1 / mu, 0)
        spectrum = (u * values[:, None] @ v).transpose(1, 2, 0)
        background = np.fft.irfft(spectrum, slices, axis=2)
        target = np.maximum(
            data - background - multiplier / mu - reweight * penalty / mu, 0)
        with np.errstate(divide='ignore'):  # no target where the prior is 0
            reweight = kept / (np.abs(target) + 0.01) / prior
        gap = background + target - data
        count = int(np.count_nonzero(target))
        if (np.linalg.norm(gap) < 1e-3 * np.linalg.norm(data)
                or 0 < count == count_before):
            break
        count_before = count
        multiplier = multiplier + mu * gap
        mu = min(1.05 * mu, 1e10)
    return patches.join(target, 'last')


def ript(image: np.ndarray,
         size: int = 30,
         step: int = 10,
         weight: float = 0.7,
         edge_weight: float = 1,
         max_iterations: int = 200) -> np.ndarray:
    """RIPT: reweighted infrared patch-tensor model.

    The three unfoldings of the tensor of patches have low rank; what the
    structure tensor takes for an edge is penalised as a target. The score is
    the median over the patches of a pixel. An unchanged number of target
    pixels ends the iteration only where there are any.

    Args:
        image (np.ndarray): Grey levels of 0 .. 255, of shape (H, W).
        size (int): Side of the patches in pixels. Defaults to 30.
        step (int): Distance of the patches in pixels. Defaults to 10.
        weight (float): Of sparsity; higher finds fewer targets. Defaults to
            0.7.
        edge_weight (float): Exponent of the penalty of edges. Defaults to 1.
        max_iterations (int): Defaults to 200.

    Returns:
        np.ndarray: Grey levels of shape (H, W), 0 or more.

    Raises:
        ValueError: If an argument is none of these.

    Reference:
        Dai and Wu, Reweighted Infrared Patch-Tensor Model With Both Nonlocal
        and Local Priors for Single-Frame Small Target Detection, IEEE JSTARS
        10(8), 2017.
    """
    image = grey_levels(image)
    patches = Patches(image.shape, size, step)
    data = patches.cut(image)
    larger, smaller = _structure_tensor(image, (1.2, 2), cv2.BORDER_REPLICATE)
    prior = patches.cut(np.exp(edge_weight * _min_max(larger - smaller)))

    def low_rank(tensor: np.ndarray, mode: int) -> np.ndarray:
        moved = np.moveaxis(tensor, mode, 0)
        matrix = _lowered(moved.reshape(len(moved), -1), mu)[0]
        return np.moveaxis(matrix.reshape(moved.shape), 0, mode)

    penalty = weight / np.sqrt(min(data.shape))
    mu, count_before = 5 * data.std(ddof=1), 0
    target, reweight = np.zeros_like(data), prior
    multipliers = np.zeros((3, *data.shape))
    for _ in range(max_iterations):
        shifted = data + mu * multipliers
        backgrounds = np.stack([
            low_rank(shifted[mode] - target, mode) for mode in range(3)])
        target = np.maximum(
            (shifted - backgrounds).mean(axis=0) - mu * penalty * reweight / 3,
            0)
        gaps = data - backgrounds - target
        count = int(np.count_nonzero(target))
        if (np.linalg.norm(gaps.mean(axis=0)) < 1e-7 * np.linalg.norm(data)
                or 0 < count == count_before):
            break
        count_before = count
        multipliers += gaps / mu
        reweight = prior / (np.abs(target) + 0.01)
        mu /= 1.5
    return patches.join(target, 'median')
