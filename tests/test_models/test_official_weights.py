import json
import re

import pytest
import torch

from projects.dstransnet import convert_official

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
    ('Conv5.conv_layer.0.conv_offset_mask.bias',
     'backbone.stages.4.deform.conv.conv_offset_mask.bias'),
    ('Conv2.cdc_layer.1.running_var',
     'backbone.stages.1.difference.bn.running_var'),
    ('mtc.embeddings_3.patch_embeddings.weight',
     'neck.embeddings.2.weight'),
    ('up_decoder4.coatt.mlp_up.1.weight',
     'decode_head.stages.0.gate.up_linear.weight'),
    ('up_decoder1.coatt.mlp_skip.1.bias',
     'decode_head.stages.3.gate.skip_linear.bias'),
    ('gt_conv4.0.weight', 'decode_head.side_convs.0.weight'),
    ('gt_conv1.0.weight', 'decode_head.side_convs.3.weight'),
    ('gt_conv0.0.weight', 'decode_head.fuse_conv.weight'),
    ('output_head.bias', 'decode_head.conv_seg.bias'),
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


def test_order_of_wavelet_scales_survives(markers):
    key = ('Conv2.dconv_layer.0.depth_wise_wavelet_conv1.wavelet_scale.0.'
           'weight')
    scale = torch.arange(128.).view(1, 128, 1, 1)
    converted = convert_official(markers | {key: scale})
    name = 'backbone.stages.1.wavelet.wavelet.wavelet_scales.0.weight'
    assert torch.equal(converted[name].flatten(), torch.arange(128.))


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
    lambda state: _prefixed(state, 'module.'),
    lambda state: _prefixed(state, 'model.'),
    lambda state: _prefixed(state, 'module.model.'),
    lambda state: _prefixed(state, 'model.module.'),
    lambda state: dict(state_dict=_prefixed(state, 'module.')),
], ids=[
    'nested', 'checkpoint', 'nested-twice', 'module', 'model', 'both-prefixes',
    'both-reversed', 'nested-prefix'
])
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
    'Conv1.final_layer.1.weight.copy', 'Conv6.final_layer.1.weight',
    'up_decoder5.nConvs.0.conv.bias', 'gt_conv5.0.weight',
    'mtc.encoder.layer.0.rel_pos', 'input_heads.weight', 'Conv1.wt'
])
def test_unknown_key_is_named(key, markers):
    with pytest.raises(KeyError, match='no place for') as error:
        convert_official(markers | {key: torch.zeros(1)})
    assert key in str(error.value)
    assert 'output_head' not in str(error.value)


def test_unknown_key_is_named_without_the_rest_of_the_network():
    with pytest.raises(KeyError, match='Encoder.weight'):
        convert_official({'Encoder.weight': torch.zeros(1)})


@pytest.mark.parametrize('key, name', [
    ('output_head.weight', 'decode_head.conv_seg.weight'),
    ('Conv3.cdc_layer.1.running_mean',
     'backbone.stages.2.difference.bn.running_mean'),
    ('gt_conv0.0.bias', 'decode_head.fuse_conv.bias'),
])
def test_missing_live_key_is_named(key, name, markers):
    state = dict(markers)
    del state[key]
    with pytest.raises(KeyError, match='lacks') as error:
        convert_official(state)
    assert f"['{name}']" in str(error.value)


@pytest.mark.parametrize('checkpoint', [
    {}, [], ['output_head.weight'], None, 7, 'state_dict', torch.zeros(2),
    dict(state_dict={}), dict(state_dict=None), dict(state_dict=[1, 2])
], ids=repr)
def test_what_is_no_state_dict_is_refused(checkpoint):
    with pytest.raises(ValueError, match='holds no state dict'):
        convert_official(checkpoint)
