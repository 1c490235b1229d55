"""Normalised contrast average precision as a measure."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..detection.detections import component_peaks
from ..functional.nocoap import ContrastHits, contrast_hits, nocoap
from .measure import Measure
from .scene import Scene


class NoCoHits(NamedTuple):
    """Peaks of one image by both rules.

    Attributes:
        strict (ContrastHits): Boxes end where targets end.
        published (ContrastHits): Boxes are a pixel larger.
    """
    strict: ContrastHits
    published: ContrastHits


class NormalisedContrast(Measure):
    """``mnocoap``: see :func:`contrast_hits` and :func:`nocoap`.

    Points are the peaks of the components above the decision threshold.
    ``mNoCoAP_published`` has the slack of the published code.
    """
    name = 'mnocoap'
    units = {'mNoCoAP': '%', 'mNoCoAP_published': '%'}
    uses_image = True

    def measure(self, scene: Scene) -> NoCoHits:
        """Compare the peaks of one image with its contrast."""
        image = 255 * self.needed_image(scene)
        points = component_peaks(scene.found, scene.scores)
        return NoCoHits(*(
            contrast_hits(image, scene.truth, points, scene.detections.scores,
                          slack=slack) for slack in (0, 1)))

    def summarise(self, records: Sequence[NoCoHits]) -> dict[str, float]:
        """Average the precision over the levels of contrast."""
        images = zip(*records) if records else ([], [])
        return {name: 100 * float(nocoap(hits).mean())
                for name, hits in zip(self.units, images)}
