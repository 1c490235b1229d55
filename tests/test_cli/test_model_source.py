"""Names in place of config files and checkpoints."""
from argparse import Namespace
from pathlib import Path

import pytest

from projects.dstransnet.cli import resolve_model, split_model

STEM = 'dstransnet-s_1xb4-adam-40e_sirst-256x256'


def resolved(config: str, **more) -> Namespace:
    """Return the arguments with files in place of names."""
    args = Namespace(config=config, **more)
    resolve_model(args)
    return args


def test_shipped_weights_bring_their_config():
    args = resolved('dstransnet-s_sirst', checkpoint=None)
    assert Path(args.config).stem == Path(args.checkpoint).stem == STEM
    assert Path(args.config).is_file() and Path(args.checkpoint).is_file()


def test_a_checkpoint_that_is_given_stays():
    args = resolved('dstransnet-s_sirst', checkpoint='mine.pth')
    assert args.checkpoint == 'mine.pth'


def test_configs_are_found_by_their_stems():
    assert Path(resolved(STEM).config).is_file()


def test_other_words_are_left_for_the_error_of_the_command():
    assert resolved('none_such').config == 'none_such'
    assert resolved(f'none/{STEM}').config == f'none/{STEM}'


@pytest.mark.parametrize(('words', 'config', 'checkpoint', 'inputs'), [
    ('a.png b.png', STEM, STEM, 'a.png b.png'),
    ('dstransnet-s_sirst a.png', STEM, STEM, 'a.png'),
    ('mine.py mine.pth a.png', 'mine', 'mine', 'a.png'),
    ('top-hat_sirst-256x256 a.png', 'top-hat_sirst-256x256', None, 'a.png'),
    ('dstransnet-s_sirst', STEM, STEM, ''),
])
def test_the_model_stands_in_front(words, config, checkpoint, inputs):
    found = split_model(words.split())
    assert Path(found[0]).stem == config
    assert (found[1] and Path(found[1]).stem) == checkpoint
    assert found[2] == inputs.split()
