"""Background suppression and contrast gain as a measure."""
from __future__ import annotations

from collections.abc import Sequence

from ..functional.background import Gains, gain_metrics, local_gains
from .measure import Measure
from .scene import Scene


class Background(Measure):
    """``background``: see :func:`local_gains` and :func:`gain_metrics`.

    The score map is divided by its largest value, and the image is in shares
    of the largest value of its file's type.
    """
    name = 'background'
    units = {'SCRG': '', 'BSF': '', 'CG': '', 'SCRG_infinite': 'targets',
             'BSF_infinite': 'targets', 'gains_undefined': 'targets'}
    unranked = frozenset({'SCRG_infinite', 'BSF_infinite', 'gains_undefined'})
    uses_image = True

    def measure(self, scene: Scene) -> Gains:
        """Compare the surroundings of the targets of one image."""
        most = scene.scores.max()
        return local_gains(self.needed_image(scene),
                           scene.scores / most if most > 0 else scene.scores,
                           scene.truth)

    def summarise(self, records: Sequence[Gains]) -> dict[str, float]:
        """Average over targets."""
        return gain_metrics(records)
