"""Average precision of boxes as a measure."""
from __future__ import annotations

from collections.abc import Sequence

from ...imaging.components import component_boxes
from ..detection.box_average_precision import (
    ImageBoxes,
    box_average_precision,
    check_pycocotools,
)
from .measure import Measure
from .scene import Scene


class BoxAveragePrecision(Measure):
    """``box_ap``: see :func:`box_average_precision`.

    Boxes are the bounding boxes of targets and components.
    """
    name = 'box_ap'
    units = {'AP_box': '%', 'AP50_box': '%', 'AP75_box': '%'}

    def check(self) -> None:
        """Raise InputError unless pycocotools is installed."""
        check_pycocotools()

    def measure(self, scene: Scene) -> ImageBoxes:
        """Return the boxes of one image."""
        return ImageBoxes(component_boxes(scene.truth),
                          component_boxes(scene.found),
                          scene.detections.scores)

    def summarise(self, records: Sequence[ImageBoxes]) -> dict[str, float]:
        """Compute the metrics from the boxes of all images."""
        return box_average_precision(records)
