"""tools/analysis_tools/benchmark.py on a tiny network, in this process."""
import json

import pytest
import torch
from helpers.tiny_project import CONFIG, ROOT, call_tool, error_of
from mmengine.config import Config

from projects.dstransnet.cli.commands import bench
from projects.dstransnet.models.build import build_segmentor
from projects.dstransnet.profiling import measure, measurement

TOOL = 'analysis_tools/benchmark.py'


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp('benchmark') / 'tiny.py'
    base = ROOT / ('configs/dstransnet/'
                   'dstransnet-s_1xb4-adam-40e_sirst-256x256.py')
    path.write_text(CONFIG.format(base=base, data='none'))
    return path


@pytest.fixture
def benchmark(monkeypatch, config):
    """Function that runs the tool without processes of their own."""
    monkeypatch.setattr(measurement, 'measure_apart', measure)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield lambda *arguments: call_tool(
        TOOL, config, '--device', 'cpu', '--threads', 1, '--repeats', 2,
        '--warmup', 1, *arguments)
    torch.set_num_threads(threads)


@pytest.mark.parametrize('words, side', [((), 256), (('--train', ), 128)])
def test_default_size(words, side, monkeypatch):
    """That of test images, in training that of windows."""
    config = ROOT / ('configs/dstransnet/'
                     'dstransnet-r_1xb8-adamw-50e_sirst-256x256.py')
    monkeypatch.setattr('sys.argv', ['bench', str(config), *words])
    args = bench.parse_args()
    (case, ) = bench.cases_of(args, Config.fromfile(config))
    assert (case.height, case.width) == (side, side)


def rows(text):
    found = [[cell.strip() for cell in line.strip('|').split('|')]
             for line in text.splitlines() if line.startswith('|')]
    return [dict(zip(found[0], row)) for row in found[1:]]


def test_inference(benchmark, tmp_path):
    file = tmp_path / 'new' / 'figures.json'
    result = benchmark('--shape', 32, 48, '--batch', 1, 2, '--profile',
                       '--json', file)
    assert result.returncode == 0, result.stderr
    table = rows(result.stdout)[:2]  # those of operators follow
    assert [(row['height x width'], row['batch']) for row in table] == [
        ('32 x 48', '1'), ('32 x 48', '2')]
    assert all(float(row['ms']) > 0 for row in table)
    assert 'weights: the initial ones (no checkpoint)' in result.stdout
    assert 'inference on cpu: ' in result.stdout
    assert ', 1 threads, PyTorch' in result.stdout
    for batch in (1, 2):
        assert f'\nplain, {batch} x 32 x 48: operators' in result.stdout
    assert '| aten::mkldnn_convolution ' in result.stdout
    assert 'unit: product of two 2048 x 2048' in result.stdout
    found = json.loads(file.read_text())
    assert found['versions']['torch'] == torch.__version__
    assert found['options'] == {}
    for case, row in zip(found['results'], table):
        assert len(case['measurement']['seconds']) == 2
        assert len(case['measurement']['unit_seconds']) == 2
        assert case['case']['threads'] == case['measurement']['threads'] == 1
        assert f'{1e3 * case["seconds"]["median"]:.2f}' == row['ms']
        assert f'{case["products"]:.2f}' == row['products']
    first, second = (case['macs'] for case in found['results'])
    assert second == 2 * first > 0


def test_training_from_a_checkpoint(
        benchmark, config, tmp_path, cpu_bfloat16):
    checkpoint = tmp_path / 'a.pth'
    model = build_segmentor(Config.fromfile(config))
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    file = tmp_path / 'a.json'
    result = benchmark(checkpoint, '--train', '--batch', 2, '--amp', '--json',
                       file)
    assert result.returncode == 0, result.stderr
    assert f'weights: {checkpoint}' in result.stdout
    assert 'training step on cpu: ' in result.stdout
    # At the config's own size, and named after its precision.
    assert '| plain bf16 |     2 |        32 x 32 |' in result.stdout
    (case, ) = json.loads(file.read_text())['results']
    assert case['case']['train'] and not case['measurement']['operators']


def test_growth_of_two_forms(benchmark, tmp_path):
    plot = tmp_path / 'growth.png'
    result = benchmark('--growth', plot, '--shape', 32, '--shape', 16,
                       '--deploy', '--runtime', 'torch',
                       '--compare-with-plain')
    assert result.returncode == 0, result.stderr
    table = rows(result.stdout)
    assert [(row['form'], row['height x width']) for row in table] == [
        ('plain', '16 x 16'), ('deployed torch', '16 x 16'),
        ('plain', '32 x 32'), ('deployed torch', '32 x 32')]
    assert [bool(row['speed-up']) for row in table] == [
        False, True, False, True]
    assert plot.read_bytes().startswith(b'\x89PNG')
    found = json.loads((tmp_path / 'growth.json').read_text())
    assert len(found['results']) == 4
    assert set(found['growth']) == {'plain', 'deployed torch'}
    assert 'deployed torch: time ~ pixels^' in result.stdout


@pytest.mark.parametrize('arguments, message', [
    (['--runtime', 'torch'], '--runtime needs --deploy'),
    (['--deploy', '--steps', 'fold_it'], "argument --steps: invalid choice: "
     "'fold_it'"),
    (['--shape', 40], '--shape 40 40: '),
    (['--shape', 0], '--shape: expected 1 or more, got 0'),
    (['--growth', 'plot.pdf'], '--growth: expected FILE.png, got plot.pdf'),
    (['--growth', 'a.png', '--batch', 1, 2], '--growth: expected one --batch'),
    (['--cuda-graph'], '--cuda-graph needs --device cuda'),
    (['--compare-with-plain'], '--compare-with-plain: this is the plain form'),
    (['none.pth'], 'checkpoint: no file none.pth'),
    (['--json', '/'], '--json: expected a file, got the folder /'),
    (['--cfg-options', 'model.type=SegDataPreProcessor'],
     'model.data_preprocessor: SegDataPreProcessor has no such argument'),
    (['--cfg-options', 'model.backbone.depth=3'],
     'model.backbone.depth: DSTransNetBackbone has no such argument'),
])
def test_wrong_arguments(benchmark, arguments, message):
    assert error_of(benchmark(*arguments)).startswith(message)


def test_exported_files_are_not_measured(tmp_path):
    assert error_of(call_tool(TOOL, 'a.xml')).startswith(
        'config: expected a config, as bench measures no exported files')


def test_missing_config():
    assert error_of(call_tool(TOOL, 'none.py')) == 'config: no file none.py'
