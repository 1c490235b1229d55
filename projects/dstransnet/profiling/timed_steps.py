"""The steps that are timed: an inference, or a step of training."""
from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.structures import PixelData
from mmseg.models import BaseSegmentor
from mmseg.structures import SegDataSample
from torch import Tensor

from ..deployment.torch_runtimes import capture
from ..engine.optim import in_precision
from ..utils.errors import InputError, first_line
from .case import Case
from .network_inputs import label_count

Step = Callable[[], object]

_ADAM = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))


def autocast(case: Case) -> contextlib.AbstractContextManager:
    """Return the context of an inference's precision.

    A deployed network has its own, so it is left alone.
    """
    if case.amp is None or case.deployed:
        return contextlib.nullcontext()
    return torch.autocast(torch.device(case.device).type, case.dtype)


def inference_step(case: Case, model: Callable[..., Any],
                   images: Tensor) -> Step:
    """Return what a user of the network runs for each batch.

    From normalised images to the logits of the head; neither reading and
    normalising images, nor resizing logits and comparing them with the
    threshold belongs to it.

    Args:
        case (Case): What is measured.
        model (Callable): Segmentor in the form to measure, in eval mode.
        images (Tensor): Shape (N, C, H, W), on the model's device.
    """

    def step() -> Tensor:
        with torch.no_grad(), autocast(case):
            return model(images, None, mode='tensor')

    return step


def replayed(step: Step) -> Step:
    """Record a step as a CUDA graph; return what replays it.

    Raises:
        InputError: If the step cannot be recorded.
    """
    try:
        graph, _ = capture(step)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        raise InputError('--cuda-graph: this network cannot be recorded: '
                         f'{first_line(error)}') from error
    return graph.replay


def optimizer_settings(cfg: Config, case: Case) -> dict[str, Any]:
    """Return the settings of the optimiser: the config's, or Adam.

    Whether precision is mixed is the case's choice, not the config's.

    Raises:
        InputError: If the config's wrapper cannot mix it.
    """
    return in_precision(cfg.get('optim_wrapper', _ADAM), case.amp)


def training_step(case: Case, cfg: Config, model: Callable[..., Any],
                  images: Tensor, optimized: BaseSegmentor) -> Step:
    """Return a whole training step on the same images and masks each time.

    Forward pass with the losses, backward pass, step of the optimiser.

    Args:
        case (Case): What is measured.
        cfg (Config): Config with the optimiser.
        model (Callable): What runs the segmentor, compiled or itself.
        images (Tensor): Shape (N, C, H, W), on the model's device.
        optimized (BaseSegmentor): The segmentor itself.
    """
    optimized.train()
    generator = torch.Generator().manual_seed(0)
    size = images.shape[-2:]
    samples = []
    for _ in images:
        mask = torch.randint(
            label_count(optimized), (1, *size), generator=generator)
        sample = SegDataSample(
            gt_sem_seg=PixelData(data=mask.to(images.device)))
        shape = tuple(size)
        sample.set_metainfo(
            dict(img_shape=shape, ori_shape=shape, pad_shape=shape))
        samples.append(sample)
    wrapper: OptimWrapper = build_optim_wrapper(
        optimized, optimizer_settings(cfg, case))

    def step() -> None:
        with wrapper.optim_context(optimized):
            losses = model(images, samples, mode='loss')
            loss, _ = optimized.parse_losses(losses)
        wrapper.update_params(loss)

    return step
