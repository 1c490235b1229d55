"""One tiny trained network for all tests of the tools."""
from types import SimpleNamespace

import pytest
from helpers.tiny_project import CONFIG, ROOT, run_tool, write_sirst


@pytest.fixture(scope='session')
def tiny(tmp_path_factory) -> SimpleNamespace:
    """Folder, config, checkpoint and log of a tiny training run."""
    folder = tmp_path_factory.mktemp('a folder with spaces')
    write_sirst(folder / 'SIRST')
    config = folder / 'tiny.py'
    base = ROOT / ('configs/dstransnet/'
                   'dstransnet-s_1xb4-adam-40e_sirst-256x256.py')
    config.write_text(CONFIG.format(base=base, data=folder / 'SIRST'))
    work_dir = folder / 'run'
    result = run_tool('train.py', config, '--work-dir', work_dir, cwd=folder)
    assert result.returncode == 0, result.stderr
    return SimpleNamespace(
        folder=folder,
        config=config,
        work_dir=work_dir,
        checkpoint=work_dir / 'epoch_2.pth',
        log=result.stdout + result.stderr)
