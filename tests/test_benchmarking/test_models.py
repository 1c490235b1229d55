from pathlib import Path

import pytest
from mmengine.config import Config

from projects.dstransnet.benchmarking import (
    Model,
    all_models,
    cross_models,
    read_datasets,
)
from projects.dstransnet.benchmarking.models import config_digest
from projects.dstransnet.utils.errors import InputError


def test_configs_checkpoints_and_names(tmp_path):
    weights = tmp_path / 'w.pth'
    weights.write_bytes(b'')
    assert all_models(['a.py', 'b.py'], [str(weights), 'none'],
                      ['one', 'two']) == [
        Model('one', 'a.py', str(weights)), Model('two', 'b.py')]


def test_shipped_weights_by_name(tmp_path):
    found, other = all_models(['dstransnet-s_sirst', 'top-hat_sirst-256x256'])
    for path in (found.config, found.checkpoint, other.config):
        assert Path(path).is_file()
    assert found.name == 'dstransnet-s_sirst' and other.checkpoint is None
    mine = tmp_path / 'w.pth'
    mine.write_bytes(b'')
    assert all_models(['dstransnet-s_sirst'], [str(mine)]) == [
        Model('dstransnet-s_sirst', found.config, str(mine))]


def test_names_are_distinct_by_default():
    assert [model.name for model in all_models(
        ['x/net.py', 'y/net.py', 'x/net.py'])] == [
            'x/net', 'y/net', 'x/net (2)']


@pytest.mark.parametrize(('more', 'message'), [
    (dict(checkpoints=['none']), '--checkpoints: expected 2, as many as '
     'configs, got 1'),
    (dict(names=['a', 'b', 'c']), '--names: expected 2'),
    (dict(names=['a', 'a']), '--names: expected different names, got a a'),
    (dict(names=['a', '../../b']), "--names: expected names of folders, got "
     r"'\.\./\.\./b'"),
    (dict(names=['a', '..']), '--names: expected names of folders'),
    (dict(names=['a', '']), '--names: expected names of folders'),
    (dict(names=['a', 'b\\c']), '--names: expected names of folders'),
    (dict(checkpoints=['none', 'missing.pth']),
     '--checkpoints: no file missing.pth'),
])
def test_arguments_that_do_not_fit(more, message):
    with pytest.raises(InputError, match=message):
        all_models(['a.py', 'b.py'], **more)


def test_datasets_of_one_file_name_are_refused(tmp_path):
    parts = [f'{split}_{part} = dict()' for split in ('train', 'val', 'test')
             for part in ('dataloader', 'evaluator')]
    paths = [tmp_path / folder / 'sirst.py' for folder in 'ab']
    for path in paths:
        path.parent.mkdir()
        path.write_text('\n'.join([*parts, 'dataset_preprocessor = dict()']))
    assert list(read_datasets([str(paths[0])])) == ['sirst']
    with pytest.raises(InputError, match='expected different file names, got '
                       f'{paths[0]} and {paths[1]}'):
        read_datasets([str(path) for path in paths])


def test_digests_tell_settings_apart():
    cfg = Config(dict(model=dict(width=2), lr=0.1))
    digests = {
        config_digest(cfg), config_digest(cfg, 1), config_digest(cfg, '1'),
        config_digest(Config(dict(model=dict(width=3), lr=0.1)))}
    assert len(digests) == 4
    # The order of settings does not matter.
    assert config_digest(Config(
        dict(lr=0.1, model=dict(width=2)))) in digests


def test_each_model_and_dataset_has_its_own_config(tmp_path):
    """Also where names join to the same one."""
    models = [Model('net', ''), Model('net_a', '')]
    configs = [Config(dict(model=dict(
        type='EncoderDecoder', name=name, data_preprocessor={})))
               for name in ('net', 'net_a')]
    dataset = Config(dict.fromkeys((
        'train_dataloader', 'val_dataloader', 'test_dataloader',
        'val_evaluator', 'test_evaluator', 'dataset_preprocessor'), {}))
    made = cross_models(models, configs, {'a_b': dataset, 'b': dataset},
                        tmp_path)
    assert [model.name for model in made] == [
        'net (a_b)', 'net (b)', 'net_a (a_b)', 'net_a (b)']
    assert [Config.fromfile(model.config).model.name for model in made] == [
        'net', 'net', 'net_a', 'net_a']
