"""The configs under mmseg's own scripts and inference functions."""
from pathlib import Path

import mmseg
import numpy as np
import pytest
from helpers.tiny_project import ROOT, run_tool
from mmseg.apis import MMSegInferencer, inference_model, init_model

MMSEG_TOOLS = Path(mmseg.__file__).parent / '.mim' / 'tools'
IMAGE_SHAPE = (44, 53)  # of Misc_7


def run_mmseg(tool: str, *arguments: object, cwd: Path):
    script = MMSEG_TOOLS / tool
    if not script.is_file():
        pytest.skip(f'this mmseg does not ship {tool}')
    return run_tool(script, *arguments, cwd=cwd)


def test_mmseg_train_and_test(tiny, tmp_path):
    result = run_mmseg(
        'train.py', tiny.config, '--work-dir', tmp_path / 'run',
        '--cfg-options', 'train_cfg.max_epochs=1', cwd=tmp_path)
    assert result.returncode == 0, result.stderr[-3000:]
    result = run_mmseg(
        'test.py', tiny.config, tmp_path / 'run' / 'epoch_1.pth', '--work-dir',
        tmp_path, '--show-dir', 'shown', '--out', tmp_path / 'masks',
        cwd=tmp_path)
    assert result.returncode == 0, result.stderr[-3000:]
    assert 'irstd/IoU' in result.stdout
    assert len(list(tmp_path.rglob('test_Misc_*.png'))) == 3
    assert len(list((tmp_path / 'masks').iterdir())) == 3


@pytest.mark.slow
def test_mmseg_get_flops(tmp_path):
    config = ROOT / ('configs/dstransnet/'
                     'dstransnet_1xb8-adam-500e_sirst-512x512.py')
    result = run_mmseg('analysis_tools/get_flops.py', config, '--shape', 64,
                       64, cwd=tmp_path)
    assert result.returncode == 0, result.stderr[-3000:]
    assert '18.826M' in result.stdout


@pytest.fixture(scope='module')
def image(tiny) -> str:
    return str(tiny.folder / 'SIRST/images/Misc_7.png')


def test_inference_returns_masks_of_the_files_size(tiny, image):
    model = init_model(str(tiny.config), str(tiny.checkpoint), device='cpu')
    assert model.dataset_meta['classes'] == ('background', 'target')
    result = inference_model(model, image)
    assert result.pred_sem_seg.data.shape == (1, *IMAGE_SHAPE)
    array = np.full((*IMAGE_SHAPE, 3), 50, np.uint8)
    result = inference_model(model, array)
    assert result.pred_sem_seg.data.shape == (1, *IMAGE_SHAPE)


def test_inferencer_returns_masks_of_the_files_size(tiny, image):
    inferencer = MMSegInferencer(
        str(tiny.config), str(tiny.checkpoint), device='cpu')
    result = inferencer(image)
    assert result['predictions'].shape == IMAGE_SHAPE
