"""Print versions, devices and shipped weights."""
from __future__ import annotations

import argparse
import importlib.util

import torch

from ... import cli
from ...engine.provenance import device_name, git_state, versions
from ...models.shipped_weights import list_weights
from ...version import __version__

# Extra of pyproject.toml: a module that it installs.
_EXTRAS = dict(onnx='onnxruntime', int8='nncf', web='gradio',
               coco='pycocotools', track='laptrack', docs='mkdocs')


def parse_args() -> argparse.Namespace:
    """Return the arguments of the command line."""
    return cli.ToolParser(
        description='Print versions, devices and shipped weights',
        examples=['dstransnet info']).parse_args()


def devices() -> list[str]:
    """Return the devices that PyTorch can use, with their names."""
    names = ['cpu', *(f'cuda:{number}'
                      for number in range(torch.cuda.device_count()))]
    return [f'{name} ({device_name(torch.device(name))})' for name in names]


def main() -> None:
    """Print all that a bug report needs."""
    parse_args()
    state = git_state(__file__)
    extras = [name for name, module in _EXTRAS.items()
              if importlib.util.find_spec(module) is not None]
    print(f'dstransnet {__version__}, revision {state["revision"]}'
          f'{", changed" * bool(state["dirty"])}')
    print('versions: ' + ', '.join(
        f'{name} {version}' for name, version in versions().items()))
    print(f'devices: {", ".join(devices())}; '
          f'{torch.get_num_threads()} threads')
    print(f'extras: {", ".join(extras) or "none"}')
    print('weights:')
    for row in list_weights().values():
        print(f'  {row.name}  {row.licence}, trained on {row.trained_on}; '
              f'config {row.config.stem}')
