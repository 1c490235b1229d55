"""--amp and --deploy, with and without a value, anywhere on the line."""
import argparse

import pytest

from projects.dstransnet.cli import (
    add_amp_argument,
    add_deploy_arguments,
    fill_in_values,
)


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    parser.add_argument('--resume', action='store_true')
    add_amp_argument(parser)
    add_deploy_arguments(parser)
    return parser.parse_args(fill_in_values(words))


@pytest.mark.parametrize('words, amp, deploy', [
    (['c.py'], None, None),
    (['c.py', '--amp'], '', None),
    (['--amp', 'c.py'], '', None),
    (['--amp', 'fp16', 'c.py'], 'fp16', None),
    (['c.py', '--amp=bf16'], 'bf16', None),
    (['c.py', '--amp', 'bf16', '--resume'], 'bf16', None),
    (['c.py', '--amp', '--resume'], '', None),
    (['c.py', '--deploy'], None, 'auto'),
    (['--deploy', 'c.py'], None, 'auto'),
    (['--deploy', 'torch', 'c.py'], None, 'torch'),
    (['--deploy=torch', 'c.py'], None, 'torch'),
    (['--amp', '--deploy', 'c.py'], '', 'auto'),
    (['--deploy', 'c.py', '--amp', 'fp16'], 'fp16', 'auto'),
])
def test_the_value_may_be_left_out(words, amp, deploy):
    args = parsed(*words)
    assert (args.config, args.amp, args.deploy) == ('c.py', amp, deploy)
    assert args.resume is ('--resume' in words)


@pytest.mark.parametrize('words, message', [
    (['c.py', '--amp=fp8'], 'invalid choice'),
    (['c.py', '--amp', 'fp8'], 'unrecognized arguments: fp8'),
    (['c.py', '--deploy=onnx'], 'invalid choice'),
    (['c.py', '--deploy', 'onnx'], 'unrecognized arguments: onnx'),
])
def test_other_values_are_errors_of_usage(capsys, words, message):
    with pytest.raises(SystemExit):
        parsed(*words)
    assert message in capsys.readouterr().err
