"""Every way into the project that takes a file: prepared ones are refused."""
import copy
import re
import shutil
import subprocess
import sys
from pathlib import Path

import mmseg
import numpy as np
import pytest
import torch
from helpers.forked_ranks import on_ranks
from helpers.prepared import FORMATS, Command, write_checkpoint, write_npy
from helpers.tiny_project import ROOT, call_tool, error_of
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner, load_checkpoint
from mmseg.apis import MMSegInferencer, init_model
from mmseg.registry import DATASETS, MODELS

from projects.dstransnet.utils.errors import InputError

ANALYSIS, CONVERT = 'analysis_tools', 'model_converters'
WORK = ('--work-dir', '{out}/work')
# Tool and arguments; {path} is the prepared file, {out} a folder.
TOOLS = {
    'test': ('test.py', '{config}', '{path}', *WORK),
    'test-tta': ('test.py', '{config}', '{path}', '--tta', *WORK),
    'train-load-from': ('train.py', '{config}', '--cfg-options',
                        'load_from={path}', *WORK),
    'train-pretrained': ('train.py', '{config}', '--cfg-options',
                         'model.init_cfg.type=Pretrained',
                         'model.init_cfg.checkpoint={path}', *WORK),
    'demo': ('demo.py', '--cfg-options', 'load_from={path}', *WORK),
    'predict': ('predict.py', '{config}', '{path}', '{image}', '--out',
                '{out}/found'),
    'pick-threshold': (f'{ANALYSIS}/pick_threshold.py', '{config}', '{path}',
                       '--split', 'train', *WORK),
    'pd-vs-scr': (f'{ANALYSIS}/pd_vs_scr.py', '{config}', '{path}', '--out',
                  '{out}/curve', *WORK),
    'feature-maps': (f'{ANALYSIS}/feature_maps.py', '{config}', '{path}',
                     '{image}', '--out', '{out}/features'),
    'compare-tiling': ('studies/compare_tiling.py', '{config}', '{path}'),
    'benchmark': (f'{ANALYSIS}/benchmark.py', '{config}', '{path}'),
    'export': ('deployment/export.py', '{config}', '{path}', '--out',
               '{out}.xml'),
    'convert': (f'{CONVERT}/official_to_mmseg.py', '{path}', '{out}.pth'),
    'publish': (f'{CONVERT}/publish_weights.py', '{path}',
                '{out}.safetensors'),
    'shrink': (f'{CONVERT}/shrink_checkpoint.py', '{path}', '{out}.pth'),
}


def call(arguments, project, path, folder, *more):
    """Run a tool of TOOLS in this process."""
    tool, *rest = arguments
    values = dict(config=project.config, path=path, out=folder / 'out',
                  image=project.data / 'images/Misc_6.png')
    return call_tool(tool, *(part.format(**values) for part in rest), *more)


def test_the_table_has_every_tool_that_reads_checkpoints():
    folder = ROOT / 'tools'
    reading = re.compile(r'add_common_arguments|build_runner|_checkpoint\('
                         r'|_segmentor\(|init_model|torch\.load'
                         r'|args\.checkpoint\b')
    assert {tool for tool, *_ in TOOLS.values()} == {
        str(path.relative_to(folder)) for path in folder.rglob('*.py')
        if reading.search(code_of(path))}


def code_of(tool: Path) -> str:
    """Return the code of a tool, or of the command that it calls."""
    text = tool.read_text(encoding='utf-8')
    command = re.search(r'cli\.commands\.(\w+) import main', text)
    if command is None:
        return text
    return (ROOT / 'projects/dstransnet/cli/commands'
            / f'{command[1]}.py').read_text(encoding='utf-8')


@pytest.mark.parametrize('arguments', TOOLS.values(), ids=TOOLS)
def test_tools_refuse_and_name_the_file(arguments, project, marker, tmp_path):
    path = write_checkpoint(tmp_path / 'prepared.pth', marker)
    message = error_of(call(arguments, project, path, tmp_path))
    assert message.startswith(
        f'checkpoint: {path} is not a checkpoint of tensors and plain data')
    assert '--trust-checkpoint' in message
    assert not marker.exists()


@pytest.mark.parametrize('name', [
    name for name in TOOLS if name not in ('test-tta', 'train-pretrained')])
def test_tools_read_what_is_trusted(name, project, marker, tmp_path):
    # Its command comes twice, and fails then, which ends the tool.
    path = write_checkpoint(tmp_path / 'prepared.pth', marker,
                            dict(weight=Command(marker)))
    result = call(TOOLS[name], project, path, tmp_path,
                  '--trust-checkpoint', path)
    assert f'warning: checkpoint: {path} holds more' in result.stderr
    assert error_of(result).startswith(
        f'checkpoint: {path} cannot be read (FileExistsError: ')
    assert marker.is_dir()


def test_resuming_refuses(project, marker, tmp_path):
    work_dir = tmp_path / 'work'
    work_dir.mkdir()
    path = write_checkpoint(work_dir / 'epoch_1.pth', marker)
    (work_dir / 'last_checkpoint').write_text(str(path))
    result = call_tool('train.py', project.config, '--resume', '--work-dir',
                       work_dir)
    assert str(path) in error_of(result)
    assert not marker.exists()


def _distributed(config, path, folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = call_tool('test.py', config, path, '--launcher', 'pytorch',
                           '--work-dir', folder / 'work')
    return error_of(result)


def test_processes_of_a_distributed_run_refuse(project, marker, tmp_path):
    path = write_checkpoint(tmp_path / 'prepared.pth', marker)
    messages = on_ranks(2, _distributed, project.config, path, tmp_path)
    assert len(messages) == 2
    assert all(str(path) in message for message in messages)
    assert not marker.exists()


@pytest.mark.parametrize('kind', FORMATS)
@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_every_format_is_refused(kind, suffix, project, marker, tmp_path):
    path = write_checkpoint(tmp_path / f'prepared{suffix}', marker, kind=kind)
    message = error_of(call(TOOLS['publish'], project, path, tmp_path))
    assert str(path) in message
    assert not marker.exists()


def test_a_program_of_torchscript_is_refused(project, tmp_path):
    path = tmp_path / 'program.pth'
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), path)
    message = error_of(call(TOOLS['publish'], project, path, tmp_path))
    assert str(path) in message and 'TorchScript' in message


# Its train.py reads by the same method of the Runner.
MMSEG_TEST = Path(mmseg.__file__).parent / '.mim/tools/test.py'


def _model(config):
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(Config.fromfile(config).model)


FUNCTIONS = {
    'init_model': lambda config, path, folder: init_model(
        str(config), str(path), device='cpu'),
    'inferencer': lambda config, path, folder: MMSegInferencer(
        str(config), str(path), device='cpu'),
    'load_checkpoint': lambda config, path, folder: load_checkpoint(
        _model(config), str(path)),
    'runner': lambda config, path, folder: Runner(
        _model(config), str(folder), load_from=str(path),
        experiment_name=str(folder).replace('/', '-')).load_or_resume(),
    'mmseg-test': lambda config, path, folder: call_tool(
        MMSEG_TEST, config, path, '--work-dir', folder / 'work'),
}


@pytest.mark.parametrize('function', FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions_of_the_framework_refuse(function, project, marker,
                                           tmp_path):
    if function is FUNCTIONS['mmseg-test'] and not MMSEG_TEST.is_file():
        pytest.skip('this mmseg does not ship its scripts')
    path = write_checkpoint(tmp_path / 'prepared.pth', marker)
    with pytest.raises(InputError, match=re.escape(str(path))):
        function(project.config, path, tmp_path)
    assert not marker.exists()


def test_a_config_alone_makes_the_framework_refuse(project, marker, tmp_path):
    """Of this package, nothing is imported but what the config names."""
    path = write_checkpoint(tmp_path / 'prepared.pth', marker)
    program = ('import sys; from mmseg.apis import init_model; '
               'init_model(*sys.argv[1:], device="cpu")')
    result = subprocess.run(
        [sys.executable, '-c', program, project.config, path], cwd=ROOT,
        capture_output=True, text=True, timeout=120)
    assert result.returncode != 0
    assert 'InputError' in result.stderr and str(path) in result.stderr
    assert not marker.exists()


def test_the_prepared_files_work_where_they_are_trusted(marker, tmp_path):
    """Otherwise the tests above would show nothing."""
    for kind in ('zip', 'legacy', 'pickle'):
        path = write_checkpoint(tmp_path / kind, marker, kind=kind)
        if kind == 'pickle':
            np.load(path, allow_pickle=True)
        else:
            torch.load(path, weights_only=False)
        assert marker.exists(), kind
        marker.rmdir()
    np.load(write_npy(tmp_path / 'a.npy', marker), allow_pickle=True)
    assert marker.exists()


@pytest.fixture
def copied(project, tmp_path):
    """The data set and its config, to be damaged."""
    shutil.copytree(project.data, tmp_path / 'SIRST')
    project = copy.copy(project)
    project.config = tmp_path / 'copied.py'
    project.config.write_text(f"_base_ = '{project.folder}/untrained.py'\n"
                              'load = dict(type="LoadInfraredImage", '
                              'mapping="minmax", channels=3)\n'
                              'test_dataloader = dict(dataset=dict('
                              f'data_root="{tmp_path}/SIRST", '
                              'pipeline=[load, dict(type="LoadIRSTDMask"), '
                              'dict(type="PackSegInputs")]))\n')
    project.data = tmp_path / 'SIRST'
    return project


@pytest.mark.parametrize('name', [
    'images/Misc_6.png', 'masks/Misc_6_pixels0.png'])
@pytest.mark.parametrize('kind', ['npy', 'pickle'])
def test_images_and_masks(name, kind, copied, marker, tmp_path):
    path = copied.data / name
    path.unlink()
    if kind == 'npy':
        write_npy(tmp_path / 'array.npy', marker).rename(path)
    else:
        FORMATS['pickle'](Command(marker), path)
    result = call_tool('test.py', copied.config, copied.checkpoint,
                       '--work-dir', tmp_path / 'work')
    lines = result.stderr.splitlines()
    assert result.returncode == 2
    assert any(str(path) in line for line in lines)
    assert not marker.exists()


@pytest.mark.parametrize('name', ['split.txt', 'split.pkl', 'split.json'])
def test_lists_of_images(name, project, marker, tmp_path):
    path = tmp_path / name
    FORMATS['pickle'](dict(data_list=[Command(marker)], metainfo={}), path)
    with DefaultScope.overwrite_default_scope('mmseg'), \
            pytest.raises(InputError, match=re.escape(str(path))):
        DATASETS.build(dict(
            type='IRSTDDataset', ann_file=str(path), pipeline=[],
            data_root=str(project.data),
            data_prefix=dict(img_path='images', seg_map_path='masks')))
    assert not marker.exists()


def test_maps_of_scores(project, marker, tmp_path):
    (tmp_path / 'maps').mkdir()
    for number in (6, 7, 8):
        path = write_npy(tmp_path / f'maps/Misc_{number}.npy', marker)
    result = call_tool(f'{ANALYSIS}/evaluate_folder.py', tmp_path / 'maps',
                       '--config', project.config)
    assert str(path.parent / 'Misc_6.npy') in error_of(result)
    assert not marker.exists()


def test_results_of_runs(marker, tmp_path):
    for name in ('a', 'b'):
        (tmp_path / name).mkdir()
        FORMATS['pickle'](Command(marker), tmp_path / name / 'result.json')
    result = call_tool(f'{ANALYSIS}/compare_runs.py', tmp_path / 'a',
                       tmp_path / 'b', '--out', tmp_path / 'out')
    assert str(tmp_path / 'a') in error_of(result)
    assert not marker.exists()
