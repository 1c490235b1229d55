"""Build of the wheel: configs lie beside the package, and belong into it."""
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithConfigs(build_py):
    """Copy ``configs`` into the package, as shipped weights need theirs."""

    def run(self):
        """Copy the package, then the configs."""
        super().run()
        if not self.editable_mode:
            shutil.copytree(
                'configs',
                Path(self.build_lib, 'projects/dstransnet/configs'),
                ignore=shutil.ignore_patterns('__pycache__'),
                dirs_exist_ok=True)


setup(cmdclass=dict(build_py=BuildWithConfigs))
