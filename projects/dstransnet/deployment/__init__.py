"""Deployment: equal results, computed faster, and files for other programs."""
from .deploy import RUNTIMES, choose_runtime, deploy, is_deployed
from .export import export_openvino, file_error
from .folding_steps import STEPS
from .openvino_runtime import OpenVINORuntime, openvino_available
from .torch_runtimes import CUDAGraphRuntime, EagerRuntime

__all__ = [
    'CUDAGraphRuntime', 'EagerRuntime', 'OpenVINORuntime', 'RUNTIMES', 'STEPS',
    'choose_runtime', 'deploy', 'export_openvino', 'file_error', 'is_deployed',
    'openvino_available'
]
