"""The demo from end to end, on a few scenes."""
from helpers.tiny_project import run_tool


def test_demo_compares_and_draws(tmp_path):
    result = run_tool(
        'demo.py', '--work-dir', tmp_path / 'demo', '--cfg-options',
        'train_cfg.max_epochs=1', 'train_cfg.val_interval=1',
        'train_dataloader.dataset.num_scenes=8',
        'val_dataloader.dataset.num_scenes=2',
        'test_dataloader.dataset.num_scenes=4', cwd=tmp_path)
    assert result.returncode == 0, result.stderr[-3000:]
    assert '| metric    | DSTransNet-s | top-hat | unit |' in result.stdout
    assert result.stdout.count('| IoU ') == 1
    pictures = tmp_path / 'demo/unseen/pictures'
    assert len(list(pictures.iterdir())) == 4
    assert str(pictures) in result.stdout.splitlines()[-3]
