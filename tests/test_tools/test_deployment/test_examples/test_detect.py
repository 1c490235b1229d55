"""Programs that run an exported file, with nothing of this project."""
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from helpers.small_networks import needs_openvino
from helpers.tiny_project import ROOT

EXAMPLES = ROOT / 'tools/deployment/examples'


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A model whose scores are grey levels / 255, and a frame."""
    import openvino
    from openvino import opset13
    folder = tmp_path_factory.mktemp('exported')
    images = opset13.parameter([1, 3, 24, 40], np.float32)
    mean = opset13.reduce_mean(images, np.array([1]), keep_dims=True)
    scores = opset13.multiply(mean, np.float32(1 / 255))
    openvino.save_model(
        openvino.Model([scores], [images]), folder / 'a.xml',
        compress_to_fp16=False)
    frame = np.full((24, 40), 50, np.uint8)
    frame[3:5, 4:7] = 204
    frame[5, 7] = 230  # touches the corner of the first
    frame[23, 39] = 255
    cv2.imwrite(str(folder / 'frame.pgm'), frame)
    return folder


def assert_finds_both_targets(folder, *command):
    result = subprocess.run(
        [*map(str, command), 'a.xml', 'frame.pgm', '0.6'], cwd=folder,
        text=True, capture_output=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        'row 3.71 column 5.29 area 7 score 0.902',
        'row 23.00 column 39.00 area 1 score 1.000']


@needs_openvino
def test_python(folder):
    assert_finds_both_targets(folder, sys.executable, EXAMPLES / 'detect.py')


@needs_openvino
@pytest.mark.slow
@pytest.mark.skipif(shutil.which('g++') is None, reason='there is no g++')
def test_cpp(folder):
    import openvino
    package = Path(openvino.__file__).parent
    libraries = sorted((package / 'libs').glob('libopenvino.so*'))
    if not libraries or not (package / 'include').is_dir():
        pytest.skip('this openvino has no C++ headers')
    subprocess.run(
        ['g++', '-std=c++17', '-Wall', '-Wextra', '-Werror',
         str(EXAMPLES / 'detect.cpp'), f'-isystem{package / "include"}',
         str(libraries[0]), f'-Wl,-rpath,{package / "libs"}', '-o',
         str(folder / 'detect')], check=True, timeout=300)
    assert_finds_both_targets(folder, folder / 'detect')
    (folder / 'text.pgm').write_text('P2 1 1 255 0')
    result = subprocess.run(['./detect', 'a.xml', 'text.pgm'], cwd=folder,
                            text=True, capture_output=True)
    assert result.returncode == 2 and 'text.pgm: expected P5' in result.stderr
