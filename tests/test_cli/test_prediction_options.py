"""Arguments of tiles."""
import argparse

import pytest
from torch import nn

from projects.dstransnet import cli
from projects.dstransnet.utils.errors import InputError


def parsed(*words: str, **settings) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli.add_tile_arguments(parser, **settings)
    return parser.parse_args(words)


def test_whole_frames_unless_asked_for():
    args = parsed('--tile-overlap', '-3')  # not looked at
    cli.check_tiles(args)
    cli.enable_tiles(nn.Identity(), args)
    assert cli.tile_settings(args) == {}


def test_tiles():
    args = parsed('--tile', '256', '--tile-overlap', '32')
    cli.check_tiles(args)
    assert cli.tile_settings(args) == dict(tile=256, tile_overlap=32)
    assert cli.tile_settings(parsed(tile=512)) == dict(
        tile=512, tile_overlap=64)
    with pytest.raises(InputError, match='expected an EncoderDecoder'):
        cli.enable_tiles(nn.Identity(), args)


def test_wrong_tiles_are_named():
    with pytest.raises(InputError, match='--tile, --tile-overlap, '
                       '--tile-batch: overlap: expected half a tile'):
        cli.check_tiles(parsed('--tile', '64', '--tile-overlap', '33'))
