"""The built wheel, without the repository: configs, weights, command."""
import json
import shutil
import subprocess
import sys
import zipfile

import cv2
import pytest
from helpers.tiny_project import ROOT, environment

from projects.dstransnet.datasets import SceneConfig, synthesize_scene

pytestmark = pytest.mark.slow  # builds and installs a wheel, starts Python


def test_an_installed_wheel_predicts(tmp_path):
    source, target = tmp_path / 'source', tmp_path / 'site'
    files = subprocess.run(
        ['git', 'ls-files', '-z'], cwd=ROOT, capture_output=True, check=True)
    for name in files.stdout.decode().split('\0'):
        if (ROOT / name).is_file() and not name.startswith(('tests', 'docs')):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, '-m', 'pip', 'wheel', '-q', '--no-deps',
         '--no-build-isolation', '-w', tmp_path, source], check=True)
    (wheel, ) = tmp_path.glob('*.whl')
    with zipfile.ZipFile(wheel) as archive:  # as pip does with --target
        archive.extractall(target)
    image = synthesize_scene(SceneConfig(), seed=0, index=3).image
    cv2.imwrite(str(tmp_path / 'frame.png'), 32 * image.astype('uint16'))
    done = subprocess.run(
        [sys.executable, '-c',
         'import sys; from projects.dstransnet.cli import main; '
         f'assert main.__file__.startswith("{target}"); main.main()',
         'predict', 'dstransnet-s_sirst', 'frame.png', '--mapping', 'auto',
         '--out', 'found'],
        cwd=tmp_path, env=environment(PYTHONPATH=str(target)),
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (found, ) = json.loads(
        (tmp_path / 'found/targets.json').read_text())
    assert (found['height'], found['width']) == image.shape
