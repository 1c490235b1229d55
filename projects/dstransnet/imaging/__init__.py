"""Image and mask files, dynamic range, components and contrast of targets."""
from .components import Components, component_boxes, connected_components
from .display import read_for_display
from .dynamic_range import map_range, to_display
from .eight_bit_loading import LoadImageFromFile, decode_image
from .file_inspection import bit_depth, inspect_image, is_image_name
from .full_depth_reading import decode_infrared, num_pages, read_infrared
from .mask_shift import mask_shifts
from .masks import is_two_valued, mask_to_labels, read_mask
from .raw_frames import RawFormat
from .signal_to_clutter import local_scr, target_contrasts

__all__ = [
    'Components', 'LoadImageFromFile', 'RawFormat', 'bit_depth',
    'component_boxes', 'connected_components', 'decode_image',
    'decode_infrared', 'inspect_image', 'is_image_name', 'is_two_valued',
    'local_scr', 'map_range', 'mask_shifts', 'mask_to_labels', 'num_pages',
    'read_for_display', 'read_infrared', 'read_mask', 'target_contrasts',
    'to_display'
]
