import pytest
from mmengine.config import Config

from projects.dstransnet.utils.config import parts, split_settings
from projects.dstransnet.utils.errors import InputError


def test_settings_and_their_parts():
    one, two = (dict(type='IRSTDDataset', data_root=root) for root in 'ab')
    joined = dict(type='ConcatDataset',
                  datasets=[one, dict(type='RepeatDataset', dataset=two)])
    cfg = Config(dict(
        train_dataloader=dict(
            dataset=dict(type='RepeatDataset', times=3, dataset=joined)),
        test_dataloader=dict(dataset=one)))
    assert split_settings(cfg, 'train').type == 'ConcatDataset'
    assert [part.data_root for part in parts(split_settings(cfg, 'train'))
            ] == ['a', 'b']
    assert list(parts(split_settings(cfg, 'test'))) == [one]
    with pytest.raises(InputError, match='has no val_dataloader'):
        split_settings(cfg, 'val')
