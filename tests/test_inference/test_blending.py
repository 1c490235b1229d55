"""Votes of tiles against sums in float64."""
import pytest
import torch

from projects.dstransnet.inference.blending import (
    LARGEST,
    from_shares,
    to_shares,
)
from projects.dstransnet.inference.tiles import tile_window


def test_one_tile_keeps_its_logits():
    logits = torch.linspace(-LARGEST, LARGEST, 4001).reshape(1, 1, 1, -1)
    found = from_shares(0.3 * to_shares(logits), 1)
    torch.testing.assert_close(found, logits, rtol=1e-6, atol=1e-6)
    assert (found.sigmoid() - logits.sigmoid()).abs().max() < 1e-6


@pytest.mark.parametrize('channels', [1, 2, 3])
def test_probabilities_are_averaged_by_weight(channels):
    logits = 6 * torch.randn(2, channels, 5, 4)
    weights = torch.tensor([0.2, 0.6])  # their sum must not matter
    shares = to_shares(logits) * weights[:, None, None, None]
    found = from_shares(shares.sum(0, keepdim=True), channels)
    exact = logits.double()
    probabilities = (exact.sigmoid() if channels == 1 else exact.softmax(1))
    expected = (0.25 * probabilities[0] + 0.75 * probabilities[1])
    got = found.sigmoid() if channels == 1 else found.softmax(1)
    torch.testing.assert_close(got[0].double(), expected, rtol=1e-5, atol=0)


def test_a_sure_tile_has_no_more_than_its_weight():
    sure, fair = torch.full((1, 1, 1, 1), -1e4), torch.full((1, 1, 1, 1), 3.)
    blended = from_shares(0.1 * to_shares(sure) + 0.9 * to_shares(fair), 1)
    assert blended.sigmoid().item() == pytest.approx(
        0.9 * torch.tensor(3.).sigmoid().item())
    assert 0.1 * sure + 0.9 * fair < 0  # what a mean of logits says


@pytest.mark.parametrize('channels', [1, 2])
def test_everything_stays_finite(channels):
    logits = torch.tensor([-1e30, -90., 90., 1e30]).repeat(1, channels, 1, 1)
    logits[:, 1:] *= -1
    least = tile_window((512, 512), (256, 256)).min()
    found = from_shares(to_shares(logits) * least, channels)
    assert torch.isfinite(found).all()
    assert (found[0, 0, 0, :2] < -35).all()


def test_half_precision_is_summed_in_float32():
    assert to_shares(torch.zeros(1, 1, 2, 2).half()).dtype == torch.float32
