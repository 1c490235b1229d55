"""The deployed form: the same results, computed faster."""
from .deploy import RUNTIMES, choose_runtime, deploy
from .export import export_openvino, file_error
from .network import is_deployed
from .openvino_runtime import OpenVINORuntime, openvino_available
from .steps import STEPS
from .torch_runtimes import CUDAGraphRuntime, EagerRuntime

__all__ = [
    'CUDAGraphRuntime', 'EagerRuntime', 'OpenVINORuntime', 'RUNTIMES', 'STEPS',
    'choose_runtime', 'deploy', 'export_openvino', 'file_error', 'is_deployed',
    'openvino_available'
]
