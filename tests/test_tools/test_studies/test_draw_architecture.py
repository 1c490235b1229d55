"""The picture of the network against the network."""
import runpy
import sys

import cv2
import torch
from helpers.tiny_project import ROOT
from PIL import Image

from projects.dstransnet.models import CSCEHead, DSTransNetBackbone, RDSFNeck

TOOL = str(ROOT / 'tools/studies/draw_architecture.py')


def test_shapes_are_those_of_the_network():
    drawn = runpy.run_path(TOOL)
    with torch.no_grad():
        found = DSTransNetBackbone().eval()(torch.zeros(1, 3, 64, 64))
        selected = RDSFNeck().eval()(found)
        head = CSCEHead().eval()
        decoded = []
        for stage in head.stages:
            stage.register_forward_hook(
                lambda _module, _inputs, out: decoded.insert(0, out))
        logits = head(selected)
    assert logits.shape == (1, 1, 64, 64)
    for maps, key in ((found, 'SCALES'), (selected, 'SCALES'),
                      (decoded, 'DECODED')):
        assert [tuple(x.shape) for x in maps] == [
            (1, channels, 64 // stride, 64 // stride)
            for channels, stride in drawn[key]]


def test_every_block_of_the_network_is_in_the_table():
    blocks = runpy.run_path(TOOL)['BLOCKS']
    parts = (DSTransNetBackbone(), RDSFNeck(), CSCEHead())
    kinds = {type(module) for part in parts for module in part.modules()}
    for _, _, kind in blocks:
        assert kind in kinds, kind


def test_the_picture_of_the_pages_is_of_this_code():
    """Else run the tool."""
    with Image.open(ROOT / 'docs/images/architecture.png') as picture:
        assert picture.text['Description'] == str(
            runpy.run_path(TOOL)['rows']())


def test_it_draws(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, 'argv', [TOOL, str(tmp_path / 'network.png')])
    runpy.run_path(TOOL, run_name='__main__')
    assert cv2.imread(str(tmp_path / 'network.png')).shape[1] == 1650
