"""PyTorch runtimes of the deployed network."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ..utils.dtypes import DTYPES
from ..utils.errors import InputError
from .shape_cache import ShapeCache

Result = TypeVar('Result')


class EagerRuntime(nn.Module):
    """Run a network operator by operator, channels-last.

    Args:
        network (nn.Module): Maps images (N, C, H, W) to one tensor; changed
            in place.
        dtype (torch.dtype): Type of convolutions and products by autocast;
            positions, norms and logits stay float32. Defaults to float32.
        compiled (bool): Whether to run it by ``torch.compile``, which
            compiles again for every input shape. Defaults to False.

    Raises:
        InputError: If the dtype is another.
    """

    def __init__(self,
                 network: nn.Module,
                 dtype: torch.dtype = torch.float32,
                 compiled: bool = False) -> None:
        super().__init__()
        if dtype not in DTYPES.values():
            raise InputError('dtype: expected float32, bfloat16 or float16, '
                             f'got {dtype}')
        # Otherwise every call of a convolution would convert its weight.
        layout: dict[str, Any] = dict(memory_format=torch.channels_last)
        self.network = network.to(**layout)
        self.dtype = dtype
        self.compiled = compiled
        self._compile()

    def _compile(self) -> None:
        if self.compiled:
            self.network.compile(dynamic=False)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        self._compile()  # which copies and pickles leave out

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, H, W) to float32 logits."""
        if self.dtype == torch.float32:
            return self.network(images)
        with torch.autocast(images.device.type, self.dtype):
            return self.network(images).float()


def capture(
        action: Callable[[], Result]) -> tuple[torch.cuda.CUDAGraph, Result]:
    """Record the work of an action on the current GPU as a CUDA graph.

    Args:
        action (Callable): Called 4 times, without arguments.

    Returns:
        tuple: The graph, and the result of the recorded call: tensors to which
        every replay writes.
    """
    # Lazy initialisation must not fall into the capture.
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            action()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    # PyTorch's default stream would be on the GPU of the first capture.
    with torch.cuda.graph(graph, stream=stream):
        result = action()
    return graph, result


class CUDAGraphRuntime(nn.Module):
    """Replay a CUDA graph of the network, captured once for every shape.

    A replay launches all kernels at once, without Python in between. It reads
    the weights at fixed addresses, so graphs are dropped when weights move
    (``.to()``, ``.half()``, ``load_state_dict``).

    Args:
        runtime (nn.Module): Maps images (N, C, H, W) on a GPU to one tensor.

    Raises:
        InputError: If there is no GPU.
    """

    def __init__(self, runtime: nn.Module) -> None:
        super().__init__()
        if not torch.cuda.is_available():
            raise InputError("runtime: 'cuda_graph' needs a GPU, and there "
                             'is none on this machine')
        self.runtime = runtime
        self.captured = ShapeCache()

    def _capture(self, images: Tensor) -> Any:
        static = images.clone()
        graph, out = capture(lambda: self.runtime(static))
        return graph, static, out

    def _apply(self, *args: Any, **kwargs: Any) -> CUDAGraphRuntime:
        self.captured.clear()
        return super()._apply(*args, **kwargs)

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        self.captured.clear()  # assign=True puts other tensors there
        super()._load_from_state_dict(*args, **kwargs)

    @torch.no_grad()  # a captured graph has no backward pass
    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, H, W) on the GPU to logits."""
        if images.device.type != 'cuda':
            raise InputError('images: a model deployed as a CUDA graph takes '
                             f'images on the GPU, got {images.device}')
        key = (*images.shape, images.dtype, images.device)
        with torch.cuda.device(images.device):
            graph, static, out = self.captured.get(
                key, lambda: self._capture(images))
            static.copy_(images)
            graph.replay()
            return out.clone()
