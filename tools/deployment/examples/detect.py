#!/usr/bin/env python
"""Run an exported file without this project: NumPy, OpenCV and a runtime.

    dstransnet export dstransnet-s_sirst --out small.xml --raw --scores
    python detect.py small.xml frame.png [THRESHOLD]

prints centroid, area and largest score of every target. Files that end in .xml
need the package openvino, those in .onnx onnxruntime.
"""
import sys

import cv2
import numpy as np


def load(path):
    """Return a function from images to scores, and the input's shape."""
    if path.endswith('.xml'):
        import openvino
        model = openvino.Core().compile_model(
            path, 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
        axes = model.input(0).partial_shape
        shape = [axis.get_length() if axis.is_static else None
                 for axis in axes]
        return lambda images: model(images)[0], shape
    import onnxruntime
    session = onnxruntime.InferenceSession(
        path, providers=['CPUExecutionProvider'])
    node = session.get_inputs()[0]
    shape = [axis if isinstance(axis, int) else None for axis in node.shape]
    return lambda images: session.run(None, {node.name: images})[0], shape


def detect(path, image_path, threshold=0.5):
    """Return row, column, area and score of every target."""
    run, (_, channels, height, width) = load(path)
    image = cv2.imread(image_path, cv2.IMREAD_ANYDEPTH | (
        cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR))
    if image is None or image.dtype != np.uint8:
        sys.exit(f'{image_path}: expected an image of 8 bits')
    rows, columns = image.shape[:2]
    # Multiples of 16, where the file does not fix the size.
    size = (width or -(-columns // 16) * 16, height or -(-rows // 16) * 16)
    pixels = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    images = np.atleast_3d(pixels).transpose(2, 0, 1)[None].astype(np.float32)
    # The last channel: the first of two is the background.
    scores = cv2.resize(run(images)[0, -1], (columns, rows))
    mask = (scores > threshold).astype(np.uint8)
    count, labels, statistics, centroids = cv2.connectedComponentsWithStats(
        mask, connectivity=8)
    return [(row, column, int(statistics[number, cv2.CC_STAT_AREA]),
             float(scores[labels == number].max()))
            for number, (column, row) in enumerate(centroids) if number]


if __name__ == '__main__':
    for found in detect(*sys.argv[1:3], *map(float, sys.argv[3:4])):
        print('row {:.2f} column {:.2f} area {} score {:.3f}'.format(*found))
