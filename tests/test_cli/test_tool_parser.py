"""Errors of the tools' command lines."""
import pytest

from projects.dstransnet import cli


@pytest.mark.parametrize(('words', 'line'), [
    ('--amp bf16', 'arguments: bf16; write --amp --amp-dtype bf16'),
    ('--amp=fp16', "argument 'fp16'; write --amp --amp-dtype fp16"),
    ('--deploy torch', 'arguments: torch; write --deploy --runtime torch'),
    ('--deploy compile --amp bf16', 'compile bf16; write --amp --amp-dtype '
     'bf16; write --deploy --runtime compile'),
    ('--amp --torsh', 'arguments: --torsh'),
    ('--runtime tensorrt', "'torch', 'compile', 'cuda_graph', 'openvino')"),
])
def test_values_of_switches(capsys, words, line):
    parser = cli.ToolParser()
    cli.add_amp_arguments(parser)
    cli.add_deploy_arguments(parser)
    with pytest.raises(SystemExit, match='2'):
        parser.parse_args(words.split())
    assert capsys.readouterr().err.endswith(f'{line}\n')
