"""The deployed form: the same results, computed faster."""
from .deploy import RUNTIMES, choose_runtime, deploy, fold
from .export import export_openvino, file_error
from .folding import batch_norm_factors, fold_norm, foldable
from .network import is_deployed
from .openvino_runtime import OpenVINORuntime, openvino_available
from .steps import STEPS
from .torch_runtimes import CUDAGraphRuntime, EagerRuntime

__all__ = [
    'CUDAGraphRuntime', 'EagerRuntime', 'OpenVINORuntime', 'RUNTIMES', 'STEPS',
    'batch_norm_factors', 'choose_runtime', 'deploy', 'export_openvino',
    'file_error', 'fold', 'fold_norm', 'foldable', 'is_deployed',
    'openvino_available'
]
