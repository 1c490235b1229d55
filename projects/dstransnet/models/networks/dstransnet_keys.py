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

NECK_KEYS = (
    (r'^mtc\.embeddings_(\d)\.patch_embeddings\.', 'neck.embeddings.#1.'),
    (r'^mtc\.encoder\.layer\.(\d)\.', r'neck.blocks.\1.'),
    (r'^mtc\.encoder\.encoder_norm(\d)\.body\.', 'neck.norms.#1.'),
    (r'^mtc\.reconstruct_(\d)\.', 'neck.reconstructions.#1.'),
    (r'\.attn_norm(\d)\.body\.', '.attention_norms.#1.'),
    (r'\.attn_norm\.body\.', '.joint_norm.'),
    (r'\.channel_attn\.mhead(\d)\.', '.attention.scale_queries.#1.0.'),
    (r'\.channel_attn\.q(\d)\.', '.attention.scale_queries.#1.1.'),
    (r'\.channel_attn\.mheadq_C\.', '.attention.query.0.'),
    (r'\.channel_attn\.mheadk_C\.', '.attention.key.0.'),
    (r'\.channel_attn\.mheadv_C\.', '.attention.value.0.'),
    (r'\.channel_attn\.q_C\.', '.attention.query.1.'),
    (r'\.channel_attn\.k_C\.', '.attention.key.1.'),
    (r'\.channel_attn\.v_C\.', '.attention.value.1.'),
    (r'\.channel_attn\.project_out(\d)\.', '.attention.projections.#1.'),
    (r'\.ffn_norm(\d)\.body\.', '.ffn_norms.#1.'),
    (r'\.ffn(\d)\.dwconv(3x3|5x5)\.', r'.ffns.#1.conv\2.'),
    (r'\.ffn(\d)\.eca\.conv\.0\.', '.ffns.#1.eca.conv.'),
    (r'\.ffn(\d)\.', '.ffns.#1.'),
)
"""Key names that the necks of SCTransNet and DSTransNet share."""

RENAMED = (
    # backbone
    (r'^Conv(\d)\.', 'backbone.stages.#1.'),
    (r'\.conv_layer\.0\.bn\.', '.deform.norm.'),
    (r'\.conv_layer\.0\.', '.deform.conv.'),
    (r'\.cdc_layer\.0\.conv\.', '.difference.conv.'),
    (r'\.cdc_layer\.1\.', '.difference.bn.'),
    (r'\.dconv_layer\.0\.bn1\.', '.wavelet.project.bn.'),
    (r'\.dconv_layer\.0\.point_wise_conv1\.', '.wavelet.project.conv.'),
    (r'\.dconv_layer\.0\.shortcut\.0\.', '.wavelet.shortcut.conv.'),
    (r'\.dconv_layer\.0\.shortcut\.1\.', '.wavelet.shortcut.bn.'),
    (r'\.dconv_layer\.0\.depth_wise_wavelet_conv1\.', '.wavelet.wavelet.'),
    (r'\.wavelet_scale\.', '.wavelet_scales.'),
    (r'\.final_layer\.0\.', '.fuse.conv.'),
    (r'\.final_layer\.1\.', '.fuse.bn.'),
    *NECK_KEYS,
    # decode head; stage and side 4 are the coarsest
    (r'^up_decoder(\d)\.', 'decode_head.stages.~1.'),
    (r'\.coatt\.mlp_(up|skip)\.1\.', r'.gate.\1_linear.'),
    (r'\.coatt\.spatial_attention_conv\.', '.gate.spatial_conv.'),
    (r'\.nConvs\.(\d)\.conv\.', r'.convs.\1.conv.'),
    (r'\.nConvs\.(\d)\.norm\.', r'.convs.\1.bn.'),
    (r'^output_head\.', 'decode_head.conv_seg.'),
    (r'^gt_conv0\.0\.', 'decode_head.fuse_conv.'),
    (r'^gt_conv([1-4])\.0\.', 'decode_head.side_convs.~1.'),
)
"""One pair of pattern and replacement per module, see :class:`NetworkInfo`."""
