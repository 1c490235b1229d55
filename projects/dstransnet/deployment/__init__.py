"""Deployment: equal results, computed faster, and files for other programs."""
from .deploy import RUNTIMES, choose_runtime, deploy, is_deployed
from .export import export_model, file_error, format_of
from .export_formats import SUFFIXES, check_format
from .exported_file import ExportedFile, open_exported
from .exported_segmentor import (
    ExportedSegmentor,
    exported_config,
    is_exported,
)
from .network_folding import STEPS
from .openvino_runtime import OpenVINORuntime, openvino_available
from .quantisation import check_quantisation, quantise
from .torch_runtimes import CUDAGraphRuntime, EagerRuntime

__all__ = [
    'CUDAGraphRuntime', 'EagerRuntime', 'ExportedFile', 'ExportedSegmentor',
    'OpenVINORuntime', 'RUNTIMES', 'STEPS', 'SUFFIXES', 'check_format',
    'check_quantisation', 'choose_runtime', 'deploy', 'export_model',
    'exported_config', 'file_error', 'format_of', 'is_deployed',
    'is_exported', 'open_exported', 'openvino_available', 'quantise'
]
