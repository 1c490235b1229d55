import torch
from mmengine.structures import BaseDataElement

from projects.dstransnet.engine.batches import (
    describe_shapes,
    image_names,
    image_shapes,
)


def test_batches_without_names():
    assert image_names(None) == [] and image_names(dict(inputs=[])) == []
    assert image_names(dict(data_samples=[BaseDataElement()])) == ['unknown']


def test_shapes_of_batches():
    image = torch.zeros(3, 4, 5)
    assert image_shapes(dict(inputs=[image])) == [(3, 4, 5)]
    assert image_shapes(dict(inputs=torch.stack([image] * 2))) == (
        [(3, 4, 5)] * 2)
    views = dict(inputs=[[image, image], [image, image]])
    assert image_shapes(views) == [(3, 4, 5)] * 2
    assert image_shapes(None) == [] and image_shapes({}) == []
    assert describe_shapes([]) == ''
