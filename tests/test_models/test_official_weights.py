import json
import re

import pytest
import torch

from projects.dstransnet import convert_official
from projects.dstransnet.models.official_weights import fitting_networks

LIVE = 599


@pytest.fixture(scope='module')
def listing(golden):
    return json.loads((golden / 'official_state_dict.json').read_text())


@pytest.fixture(scope='module')
def markers(listing):
    """A state dict whose tensors tell which official key they came from.

    Tensors have the official shapes, but take no memory.
    """
    return {
        key: torch.tensor(float(number)).expand(shape)
        for number, (key, shape) in enumerate(listing['keys'].items())
    }


def _origins(converted, listing):
    """Official keys by this project's names."""
    keys = list(listing['keys'])
    return {
        name: keys[int(value[(0, ) * value.ndim])]
        for name, value in converted.items()
    }


def test_every_live_key_is_kept_once(markers, listing):
    converted = convert_official(markers)
    origins = _origins(converted, listing)
    assert len(origins) == len(set(origins.values())) == LIVE
    assert sum(value.numel() for name, value in converted.items()
               if 'running_' not in name and 'num_batches' not in name
               ) == 18_825_924


def test_every_unused_key_is_dropped(markers, listing):
    kept = set(_origins(convert_official(markers), listing).values())
    assert len(listing['unused']) == 145
    assert kept.isdisjoint(listing['unused'])
    assert not any('wt_filter' in key for key in kept)


@pytest.mark.parametrize('official, name', [
    ('Conv1.conv_layer.0.weight', 'backbone.stages.0.deform.conv.weight'),
    ('Conv2.cdc_layer.1.running_var',
     'backbone.stages.1.difference.bn.running_var'),
    ('mtc.embeddings_3.patch_embeddings.weight',
     'neck.embeddings.2.weight'),
    ('up_decoder4.coatt.mlp_up.1.weight',
     'decode_head.stages.0.gate.up_linear.weight'),
    ('gt_conv4.0.weight', 'decode_head.side_convs.0.weight'),
    ('gt_conv0.0.weight', 'decode_head.fuse_conv.weight'),
])
def test_name_of(official, name, markers, listing):
    assert _origins(convert_official(markers), listing)[name] == official


def test_only_wavelet_scales_change_shape(markers, listing):
    converted = convert_official(markers)
    for name, key in _origins(converted, listing).items():
        shape = tuple(listing['keys'][key])
        if re.search(r'(base|wavelet)_scale', key):
            assert converted[name].shape == (shape[1], 1, 1, 1), name
        else:
            assert converted[name] is markers[key], name


def test_dropped_keys_may_be_absent(markers, listing):
    whole = convert_official(markers)
    kept = set(_origins(whole, listing).values())
    lean = convert_official({key: markers[key] for key in kept})
    assert _origins(lean, listing) == _origins(whole, listing)


def _prefixed(state, prefix):
    return {prefix + key: value for key, value in state.items()}


@pytest.mark.parametrize('wrap', [
    lambda state: dict(state_dict=state),
    lambda state: dict(state_dict=state, epoch=3, optimizer={}),
    lambda state: dict(state_dict=dict(state_dict=state)),
    lambda state: _prefixed(state, 'module.model.'),
    lambda state: dict(state_dict=_prefixed(state, 'model.module.')),
], ids=['nested', 'checkpoint', 'nested-twice', 'prefixes', 'nested-prefixes'])
def test_wrapping_is_taken_off(wrap, markers, listing):
    plain = convert_official(markers)
    wrapped = convert_official(wrap(markers))
    assert _origins(wrapped, listing) == _origins(plain, listing)


def test_keys_that_are_no_names_are_an_error():
    with pytest.raises(ValueError, match='expected names of tensors, got 0'):
        convert_official({0: torch.zeros(1)})


def test_prefix_of_some_keys_only_is_unknown(markers):
    state = dict(markers)
    state['module.output_head.bias'] = state.pop('output_head.bias')
    with pytest.raises(KeyError, match=r'module\.output_head\.bias'):
        convert_official(state)


@pytest.mark.parametrize('key', [
    'Conv1.final_layer.1.weight.copy', 'up_decoder5.nConvs.0.conv.bias',
    'mtc.encoder.layer.0.rel_pos', 'Conv1.wt'
])
def test_unknown_key_is_named(key, markers):
    with pytest.raises(KeyError, match='no place for') as error:
        convert_official(markers | {key: torch.zeros(1)})
    assert key in str(error.value)
    assert 'output_head' not in str(error.value)


def test_missing_live_key_is_named(markers):
    state = dict(markers)
    del state['output_head.weight']
    with pytest.raises(KeyError, match="lacks.*conv_seg.weight']"):
        convert_official(state)


def test_only_the_first_of_many_keys_are_named(markers):
    others = {f'other.{n}': torch.zeros(1) for n in range(10)}
    with pytest.raises(KeyError, match=r"'other\.2', \.\.\. and 7 more\]\"$"):
        convert_official(markers | others)


def test_networks_that_a_checkpoint_fits(peers):
    """By names and shapes: three networks here have the same names."""
    listing = json.loads((peers / 'lw_dstransnet_tiny.keys.json').read_text())
    state = {f'module.{key}': torch.empty(shape, device='meta')
             for key, shape in listing['keys'].items()}
    assert fitting_networks(dict(state_dict=state)) == ['lw_dstransnet_tiny']
    state['module.other.weight'] = torch.empty(1)
    assert fitting_networks(state) == []


@pytest.mark.parametrize('checkpoint', [
    {}, ['output_head.weight'], None, torch.zeros(2), dict(state_dict=[1, 2])
], ids=repr)
def test_what_is_no_state_dict_is_refused(checkpoint):
    with pytest.raises(ValueError, match='holds no state dict'):
        convert_official(checkpoint)
