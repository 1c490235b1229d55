"""Names of DSTransNet's weights in the authors' release."""
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

NECK_KEYS = (
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
)
"""Key names that the necks of SCTransNet and DSTransNet share."""

RENAMED = (
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
    *NECK_KEYS,
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
"""One pair of pattern and replacement per module, see :class:`NetworkInfo`."""
