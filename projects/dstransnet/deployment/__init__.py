"""The deployed form: the same results, computed faster."""
from .conversion_steps import STEPS
from .deploy import RUNTIMES, choose_runtime, deploy
from .export import export_openvino, file_error
from .logits_network import is_deployed
from .openvino_runtime import OpenVINORuntime, openvino_available
from .torch_runtimes import CUDAGraphRuntime, EagerRuntime

__all__ = [
    'CUDAGraphRuntime', 'EagerRuntime', 'OpenVINORuntime', 'RUNTIMES', 'STEPS',
    'choose_runtime', 'deploy', 'export_openvino', 'file_error', 'is_deployed',
    'openvino_available'
]
