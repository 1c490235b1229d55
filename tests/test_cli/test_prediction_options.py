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
    args = parsed()
    cli.check_tiles(args)
    cli.enable_tiles(nn.Identity(), args)
    assert cli.tile_settings(args) == {}


def test_tiles():
    args = parsed('--tile', '256', '--tile-overlap', '32')
    cli.check_tiles(args)
    assert cli.tile_settings(args) == dict(tile=256, tile_overlap=32)
    by_default = parsed(tile=512)
    cli.check_tiles(by_default)
    assert cli.tile_settings(by_default) == dict(tile=512, tile_overlap=64)
    with pytest.raises(InputError, match='expected an EncoderDecoder'):
        cli.enable_tiles(nn.Identity(), args)


@pytest.mark.parametrize('word', ['--tile-overlap', '--tile-batch'])
def test_settings_of_tiles_need_tiles(word):
    with pytest.raises(InputError, match=f'^{word} needs --tile$'):
        cli.check_tiles(parsed(word, '64'))


def test_wrong_tiles_are_named():
    with pytest.raises(InputError, match='--tile, --tile-overlap, '
                       '--tile-batch: overlap: expected half a tile'):
        cli.check_tiles(parsed('--tile', '64', '--tile-overlap', '33'))
