"""Conversion of the authors' checkpoints to this project's names."""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from . import CSCEHead, DSTransNetBackbone, RDSFNeck

# Parts of the release that never reach its output: a plain residual encoder,
# the second half of every wavelet branch and the position embeddings receive
# no gradient; the wavelet filters are constants.
DROPPED = (
    r'input_head\..*',
    r'down_encoder\d\..*',
    r'Conv\d\.dconv_layer\.0\.(depth_wise_wavelet_conv2|point_wise_conv2|bn2)'
    r'\..*',
    r'mtc\.embeddings_\d\.position_embeddings',
    r'.*\.i?wt_filter',
)
"""Patterns of official keys that are left out; each may be absent."""

_BLOCK = r'mtc\.encoder\.layer\.(\d)\.'
_NECK_BLOCK = r'neck.blocks.\1.'

# One (pattern, replacement) pair per module; see _expand for the replacements.
_RENAMED = (
    # backbone
    (r'Conv(\d)\.conv_layer\.0\.bn\.(.*)',
     r'backbone.stages.#1.deform.norm.\2'),
    (r'Conv(\d)\.conv_layer\.0\.(weight|bias|conv_offset_mask\..*)',
     r'backbone.stages.#1.deform.conv.\2'),
    (r'Conv(\d)\.cdc_layer\.0\.conv\.(.*)',
     r'backbone.stages.#1.difference.conv.\2'),
    (r'Conv(\d)\.cdc_layer\.1\.(.*)', r'backbone.stages.#1.difference.bn.\2'),
    (r'Conv(\d)\.dconv_layer\.0\.depth_wise_wavelet_conv1\.wavelet_scale'
     r'\.(\d)\.(.*)',
     r'backbone.stages.#1.wavelet.wavelet.wavelet_scales.\2.\3'),
    (r'Conv(\d)\.dconv_layer\.0\.depth_wise_wavelet_conv1\.'
     r'((?:base_conv|base_scale|wavelet_convs\.\d)\..*)',
     r'backbone.stages.#1.wavelet.wavelet.\2'),
    (r'Conv(\d)\.dconv_layer\.0\.point_wise_conv1\.(.*)',
     r'backbone.stages.#1.wavelet.project.conv.\2'),
    (r'Conv(\d)\.dconv_layer\.0\.bn1\.(.*)',
     r'backbone.stages.#1.wavelet.project.bn.\2'),
    (r'Conv(\d)\.dconv_layer\.0\.shortcut\.0\.(.*)',
     r'backbone.stages.#1.wavelet.shortcut.conv.\2'),
    (r'Conv(\d)\.dconv_layer\.0\.shortcut\.1\.(.*)',
     r'backbone.stages.#1.wavelet.shortcut.bn.\2'),
    (r'Conv(\d)\.final_layer\.0\.(.*)', r'backbone.stages.#1.fuse.conv.\2'),
    (r'Conv(\d)\.final_layer\.1\.(.*)', r'backbone.stages.#1.fuse.bn.\2'),
    # neck
    (r'mtc\.embeddings_(\d)\.patch_embeddings\.(.*)',
     r'neck.embeddings.#1.\2'),
    (_BLOCK + r'attn_norm(\d)\.body\.(.*)',
     _NECK_BLOCK + r'attention_norms.#2.\3'),
    (_BLOCK + r'attn_norm\.body\.(.*)', _NECK_BLOCK + r'joint_norm.\2'),
    (_BLOCK + r'channel_attn\.mhead(\d)\.(.*)',
     _NECK_BLOCK + r'attention.scale_queries.#2.0.\3'),
    (_BLOCK + r'channel_attn\.q(\d)\.(.*)',
     _NECK_BLOCK + r'attention.scale_queries.#2.1.\3'),
    (_BLOCK + r'channel_attn\.mheadq_C\.(.*)',
     _NECK_BLOCK + r'attention.query.0.\2'),
    (_BLOCK + r'channel_attn\.mheadk_C\.(.*)',
     _NECK_BLOCK + r'attention.key.0.\2'),
    (_BLOCK + r'channel_attn\.mheadv_C\.(.*)',
     _NECK_BLOCK + r'attention.value.0.\2'),
    (_BLOCK + r'channel_attn\.q_C\.(.*)',
     _NECK_BLOCK + r'attention.query.1.\2'),
    (_BLOCK + r'channel_attn\.k_C\.(.*)', _NECK_BLOCK + r'attention.key.1.\2'),
    (_BLOCK + r'channel_attn\.v_C\.(.*)',
     _NECK_BLOCK + r'attention.value.1.\2'),
    (_BLOCK + r'channel_attn\.project_out(\d)\.(.*)',
     _NECK_BLOCK + r'attention.projections.#2.\3'),
    (_BLOCK + r'ffn_norm(\d)\.body\.(.*)', _NECK_BLOCK + r'ffn_norms.#2.\3'),
    (_BLOCK + r'ffn(\d)\.dwconv(3x3|5x5)\.(.*)',
     _NECK_BLOCK + r'ffns.#2.conv\3.\4'),
    (_BLOCK + r'ffn(\d)\.eca\.conv\.0\.(.*)',
     _NECK_BLOCK + r'ffns.#2.eca.conv.\3'),
    (_BLOCK + r'ffn(\d)\.(project_in|project_out)\.(.*)',
     _NECK_BLOCK + r'ffns.#2.\3.\4'),
    (r'mtc\.encoder\.encoder_norm(\d)\.body\.(.*)', r'neck.norms.#1.\2'),
    (r'mtc\.reconstruct_(\d)\.((?:conv|norm)\..*)',
     r'neck.reconstructions.#1.\2'),
    # decode head; stage and side 4 are the coarsest
    (r'up_decoder(\d)\.coatt\.mlp_up\.1\.(.*)',
     r'decode_head.stages.~1.gate.up_linear.\2'),
    (r'up_decoder(\d)\.coatt\.mlp_skip\.1\.(.*)',
     r'decode_head.stages.~1.gate.skip_linear.\2'),
    (r'up_decoder(\d)\.coatt\.spatial_attention_conv\.(.*)',
     r'decode_head.stages.~1.gate.spatial_conv.\2'),
    (r'up_decoder(\d)\.nConvs\.(\d)\.conv\.(.*)',
     r'decode_head.stages.~1.convs.\2.conv.\3'),
    (r'up_decoder(\d)\.nConvs\.(\d)\.norm\.(.*)',
     r'decode_head.stages.~1.convs.\2.bn.\3'),
    (r'output_head\.(.*)', r'decode_head.conv_seg.\1'),
    (r'gt_conv0\.0\.(.*)', r'decode_head.fuse_conv.\1'),
    (r'gt_conv([1-4])\.0\.(.*)', r'decode_head.side_convs.~1.\2'),
)


def _rename(key: str) -> str | None:
    """Return this project's name of an official key, None if there is none."""
    for pattern, replacement in _RENAMED:
        match = re.fullmatch(pattern, key)
        if match is not None:
            return re.sub(r'([\\#~])(\d)',
                          partial(_expand, groups=match.groups()), replacement)
    return None


def _expand(reference: re.Match, groups: Sequence[str]) -> str:
    r"""Return group n of a key: ``\n`` as it is, ``#n`` counted from 0 instead
    of 1, ``~n`` counted from the coarsest scale, 4, instead of the finest.
    """
    group = groups[int(reference[2]) - 1]
    if reference[1] == '#':
        return str(int(group) - 1)
    if reference[1] == '~':
        return str(4 - int(group))
    return group


def _unwrap(checkpoint: Mapping) -> dict[str, Tensor]:
    """Return the bare state dict of a nested or prefixed checkpoint."""
    state = checkpoint
    while isinstance(state, Mapping) and 'state_dict' in state:
        state = state['state_dict']
    if not isinstance(state, Mapping) or not state:
        raise ValueError('the checkpoint holds no state dict: expected a '
                         f'mapping of names to tensors, got {type(state)}')
    others = [key for key in state if not isinstance(key, str)]
    if others:
        raise ValueError('the checkpoint holds no state dict: expected names '
                         f'of tensors, got {others[0]!r}')
    state = dict(state)
    while True:  # wrappers may be nested in any order
        prefix = next(
            (each for each in ('module.', 'model.')
             if all(key.startswith(each) for key in state)), None)
        if prefix is None:
            return state
        state = {key[len(prefix):]: value for key, value in state.items()}


def _live_keys() -> set[str]:
    """Return the names of the whole network, side outputs included."""
    with torch.device('meta'):
        network = nn.ModuleDict(
            dict(
                backbone=DSTransNetBackbone(),
                neck=RDSFNeck(),
                decode_head=CSCEHead()))
    return set(network.state_dict())


def convert_official(checkpoint: Mapping) -> dict[str, Tensor]:
    """Rename the authors' state dict for mmseg's ``EncoderDecoder``.

    Args:
        checkpoint (Mapping): The authors' state dict, plain, nested under
            ``'state_dict'``, and / or with the prefix ``'module.'`` or
            ``'model.'`` on every key.

    Returns:
        dict[str, Tensor]: State dict of this project's network with deep
        supervision; tensors are shared with the input, wavelet scales
        reshaped.

    Raises:
        ValueError: If there is no state dict.
        KeyError: If a key belongs neither to the live network nor to
            :data:`DROPPED`, or a key of the live network is missing.

    Examples:
        >>> convert_official({'Encoder.weight': None})
        Traceback (most recent call last):
            ...
        KeyError: "no place for official key(s): ['Encoder.weight']"
    """
    converted: dict[str, Tensor] = {}
    unplaced = []
    live = _live_keys()
    for key, value in _unwrap(checkpoint).items():
        if any(re.fullmatch(pattern, key) for pattern in DROPPED):
            continue
        name = _rename(key)
        if name not in live:
            unplaced.append(key)
        elif '_scale' in name:
            converted[name] = value.reshape(-1, 1, 1, 1)
        else:
            converted[name] = value
    if unplaced:
        raise KeyError(f'no place for official key(s): {unplaced}')
    missing = sorted(live - set(converted))
    if missing:
        raise KeyError(f'the official state dict lacks: {missing}')
    return converted
