"""Commands of the pages: their arguments, and runs on a small dataset.

A block of commands is run unless ``<!-- not run: REASON -->`` stands above it.
"""
import argparse
import importlib
import re
import runpy
import shlex
import shutil
import string
import sys
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
import torch
from helpers.tiny_project import ROOT, run_tool

from projects.dstransnet.datasets import SceneConfig, synthesize_scene

PAGES = [ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md'))]
TEXTS = {
    page.relative_to(ROOT).as_posix(): page.read_text(encoding='utf-8')
    for page in PAGES
}
BLOCK = re.compile(
    r'^(<!-- not run: .+? -->\n)?```bash\n(.*?)^```', re.M | re.S)
SAVED = re.compile(r'Save this as `([^`]+)`.*?^```python\n(.*?)^```',
                   re.M | re.S)
# Tests of distributed runs call these, and make installs packages.
NOT_RUN = ('make', 'tools/dist_train.sh', 'tools/dist_test.sh',
           'tools/slurm_train.sh', 'tools/slurm_test.sh')
# Pages whose files another page reads.
NEEDS = {
    'docs/guide/compare.md': 'docs/guide/evaluate.md',
    'docs/guide/compare-networks.md': 'docs/guide/evaluate.md',
}
SMALLER = {
    r'\bepoch_\d+': 'epoch_1',
    r'--scenes \d+': '--scenes 8',
    'Misc_29 Misc_110': 'Misc_7 Misc_8',
    r'--bootstrap \d+': '--bootstrap 20',
    r'--fa-budget \d+': '--fa-budget 1000000',
}
SMALLER_CONFIGS = {
    r'max_epochs=\d+': 'max_epochs=1',
    r'num_workers=\d+': 'num_workers=0',
    r'persistent_workers=True': 'persistent_workers=False',
    r'num_scenes=\d+': 'num_scenes=8',
}


class Command(NamedTuple):
    """One command of a page; ``environment`` are variables before it."""

    words: list[str]
    environment: dict[str, str]
    runs: bool


def replaced(text: str, patterns: dict[str, str]) -> str:
    for pattern, value in patterns.items():
        text = re.sub(pattern, value, text)
    return text


def commands(text: str) -> list[Command]:
    """Return the commands of a page, with its variables replaced."""
    variables: dict[str, str] = {}
    found = []
    for mark, block in BLOCK.findall(text):
        for line in block.replace('\\\n', ' ').splitlines():
            words = [string.Template(word).safe_substitute(variables)
                     for word in shlex.split(line, comments=True)]
            before = {}
            while words and re.fullmatch(r'\w+=.*', words[0]):
                name, _, value = words.pop(0).partition('=')
                before[name] = value
            if words:
                found.append(Command(words, before, not mark))
            else:
                variables.update(before)
    return found


def parse(monkeypatch, tool: str, arguments: list[str]) -> None:
    """Let a tool parse arguments, and stop it there."""

    class Parsed(Exception):  # noqa: N818
        """The arguments were accepted."""

    def parse_args(*args, **kwargs):
        original(*args, **kwargs)
        raise Parsed

    if tool == 'dstransnet':
        name, *arguments = arguments
        names = vars(importlib.import_module(
            f'projects.dstransnet.cli.commands.{name}'))
    else:
        names = runpy.run_path(str(ROOT / tool))
    monkeypatch.setattr(sys, 'argv', [tool, *arguments])
    if 'parse_args' in names:
        names['parse_args']()
        return
    original = argparse.ArgumentParser.parse_args
    monkeypatch.setattr(argparse.ArgumentParser, 'parse_args', parse_args)
    with pytest.raises(Parsed):
        names['main']()
    monkeypatch.undo()


def check_launch(monkeypatch, script: str, arguments: list[str]) -> None:
    """Check the arguments of a script that launches several processes."""
    if script == 'tools/train_stage.sh':
        config, _, minutes, *options = arguments
        assert float(minutes) > 0
        parse(monkeypatch, 'tools/train.py', [config, *options])
        return
    kind = re.fullmatch(r'tools/(dist|slurm)_(train|test)\.sh', script)
    assert kind and (ROOT / script).is_file(), script
    before = 2 if kind[1] == 'slurm' else 0  # partition, job
    number = 1 if kind[2] == 'train' else 2  # config, checkpoint
    arguments = arguments[before:]
    if kind[1] == 'dist':
        assert arguments.pop(number).isdecimal(), arguments
    parse(monkeypatch, f'tools/{kind[2]}.py', arguments)


@pytest.mark.parametrize('page', [page for page in TEXTS
                                  if BLOCK.search(TEXTS[page])])
def test_arguments_are_those_of_the_tools(page, monkeypatch):
    targets = re.findall(r'^(\w[\w-]*):', (ROOT / 'Makefile').read_text(),
                         re.M)
    for (program, *arguments), _, runs in commands(TEXTS[page]):
        if program == 'python':
            parse(monkeypatch, arguments[0], arguments[1:])
        elif program == 'dstransnet':
            parse(monkeypatch, program, arguments)
        elif program == 'make':
            assert set(arguments) <= set(targets)
        elif program.startswith('tools/'):
            check_launch(monkeypatch, program, arguments)
        else:
            assert not runs or page.startswith('docs/design'), program


@pytest.fixture(scope='module')
def place(tmp_path_factory) -> Path:
    """A copy of the repository's files for users, with a small SIRST."""
    place = tmp_path_factory.mktemp('place')
    for name in ('tools', 'projects', 'docs'):
        (place / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / 'configs', place / 'configs')
    for config in (place / 'configs').rglob('*.py'):
        config.write_text(replaced(config.read_text(), SMALLER_CONFIGS))
    sirst = place / 'data/SIRST'
    write_scenes(sirst)
    shutil.copytree(sirst / 'images', place / 'data/frames')
    write_camera(place / 'data/camera')
    write_mine(sirst, place / 'data/mine')
    (place / 'dstransnet.py').write_text(
        'from projects.dstransnet.cli.main import main\nmain()\n')
    (place / 'boxes.csv').write_text(
        'image,score,x,y,w,h\nMisc_7,1,20,10,4,4\n')
    torch.save(dict(state_dict=dict(weight=torch.ones(1))), place / 'old.pth')
    return place


def write_scenes(folder: Path) -> None:
    """Write six training and three test scenes in the layout of SIRST."""
    for kind in ('images', 'masks', 'idx_427'):
        (folder / kind).mkdir(parents=True)
    names = [f'Misc_{number}' for number in range(1, 10)]
    for number, name in enumerate(names):
        scene = synthesize_scene(SceneConfig(scr=(8, 20), area=(20, 60)),
                                 seed=0, index=number)
        cv2.imwrite(str(folder / f'images/{name}.png'), scene.image)
        cv2.imwrite(str(folder / f'masks/{name}_pixels0.png'),
                    scene.mask * 255)
    for split, part in (('trainval', names[:6]), ('train', names[:4]),
                        ('val', names[4:6]), ('test', names[6:])):
        (folder / f'idx_427/{split}.txt').write_text('\n'.join(part))


def write_mine(sirst: Path, folder: Path) -> None:
    """Write an image with its mask, and a box as YOLO does."""
    for kind in ('images', 'masks', 'labels'):
        (folder / kind).mkdir(parents=True)
    shutil.copy(sirst / 'images/Misc_1.png', folder / 'images/a.png')
    shutil.copy(sirst / 'masks/Misc_1_pixels0.png', folder / 'masks/a.png')
    (folder / 'labels/a.txt').write_text('0 0.5 0.5 0.1 0.1\n')


def write_camera(folder: Path) -> None:
    """Write two frames of a camera of 14 bits."""
    for kind in ('images', 'masks'):
        (folder / kind).mkdir(parents=True)
    for name in ('train', 'test'):
        frame = np.full((60, 80), 11980, np.uint16)
        frame[30:33, 40:43] += 40
        mask = (frame > 12000).astype(np.uint8) * 255
        cv2.imwrite(str(folder / f'images/{name}.png'), frame)
        cv2.imwrite(str(folder / f'masks/{name}.png'), mask)
        (folder / f'{name}.txt').write_text(f'{name}\n')


@pytest.fixture(scope='module')
def run_page(place):
    """Run the commands of a page once, after those of the page it needs."""
    done = set()

    def run(page: str) -> None:
        if page in done:
            return
        done.add(page)
        if page in NEEDS:
            run(NEEDS[page])
        for path, content in SAVED.findall(TEXTS[page]):
            (place / path).write_text(replaced(content, SMALLER_CONFIGS))
        for (program, *arguments), variables, runs in commands(
                replaced(TEXTS[page], SMALLER)):
            if not runs or program in NOT_RUN:
                continue
            # Both run in this process, which saves seconds a command.
            tool = place / 'dstransnet.py'
            if program == 'python':
                tool = arguments.pop(0).removeprefix('tools/')
            result = run_tool(tool, *arguments, cwd=place, **variables)
            # The small SIRST has fewer images than the published one.
            expected = {0, 1} if 'prepare' in str(tool) else {0, None}
            assert result.returncode in expected, (arguments, result.stderr)

    return run


@pytest.mark.slow
@pytest.mark.parametrize('page', [
    page for page in TEXTS if page.startswith(('README', 'docs/guide'))
    and any(command.runs for command in commands(TEXTS[page]))
])
def test_commands_run(page, run_page, place, monkeypatch):
    monkeypatch.syspath_prepend(place)  # modules that pages tell to write
    run_page(page)
