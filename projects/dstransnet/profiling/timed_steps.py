"""The steps that are timed: an inference, or a step of training."""
from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.structures import PixelData
from mmseg.models import BaseSegmentor
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from ..datasets import SceneConfig, synthesize_scene
from ..deployment import deploy
from ..deployment.torch_runtimes import capture
from ..engine.optim import in_precision
from ..models.build import build_segmentor
from ..utils.errors import InputError, first_line
from .cases import Case

Step = Callable[[], object]

_ADAM = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))


def input_channels(cfg: Config) -> int:
    """Return the number of image channels of a config, by default 3."""
    return cfg.model.get('backbone', {}).get('in_channels', 3)


def parameter_count(model: nn.Module) -> int:
    """Return the number of values in the parameters of a network.

    Auxiliary heads and the losses of a distillation, which run in training
    only, are left out, as they are of the operations.
    """
    return sum(value.numel() for name, value in model.named_parameters()
               if not name.startswith(('auxiliary_head.', 'distillation.')))


def random_images(cfg: Config, batch: int, height: int,
                  width: int) -> Tensor:
    """Draw normalised images of shape (N, C, H, W) from a fixed seed.

    A classical detector, whose time depends on the image, gets grey levels of
    generated scenes.
    """
    if cfg.model.type == 'ClassicalDetector':
        scene = SceneConfig(size=max(height, width, 96))  # its least size
        images = np.stack([
            synthesize_scene(scene, seed=0, index=index).image
            for index in range(batch)])
        return torch.from_numpy(images[:, None, :height, :width])
    generator = torch.Generator().manual_seed(0)
    return torch.randn(
        batch, input_channels(cfg), height, width, generator=generator)


def random_samples(model: BaseSegmentor,
                   images: Tensor) -> list[SegDataSample]:
    """Draw ground truth for images of shape (N, C, H, W), from a fixed seed.

    Pixels get any of the model's classes.
    """
    heads = model.decode_head
    head: Any = heads[-1] if isinstance(heads, nn.ModuleList) else heads
    generator = torch.Generator().manual_seed(0)
    shape = tuple(images.shape[-2:])
    samples = []
    for _ in images:
        mask = torch.randint(
            head.num_classes, (1, *shape), generator=generator)
        samples.append(SegDataSample(
            gt_sem_seg=PixelData(data=mask.to(images.device)),
            metainfo=dict(
                img_shape=shape, ori_shape=shape, pad_shape=shape)))
    return samples


def inference_step(case: Case, model: Callable[..., Any],
                   images: Tensor) -> Step:
    """Return an inference, from normalised images to the head's logits.

    Reading and normalising images, resizing logits and thresholding are not
    part of it.

    Args:
        case (Case): Precision and form.
        model (Callable): Segmentor in the case's form, in eval mode.
        images (Tensor): Shape (N, C, H, W), on the model's device.
    """
    # A deployed network sets its own precision.
    autocast = case.amp is not None and not case.deployed

    def step() -> Tensor:
        with torch.no_grad(), torch.autocast(
                images.device.type, case.dtype) if autocast \
                else contextlib.nullcontext():
            return model(images, None, mode='tensor')

    return step


def replayed(step: Step) -> Step:
    """Record a step as a CUDA graph and return its replay.

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
    """Return the optimiser settings of a config, or Adam, for a precision.

    The case decides on mixed precision, not the config.

    Raises:
        InputError: If the config's wrapper does not support it.
    """
    return in_precision(cfg.get('optim_wrapper', _ADAM), case.amp)


def training_step(case: Case, cfg: Config, model: Callable[..., Any],
                  images: Tensor, segmentor: BaseSegmentor) -> Step:
    """Return a training step: losses, backward pass, optimiser step.

    Every step sees the same images and masks.

    Args:
        case (Case): Precision.
        cfg (Config): Config with the optimiser.
        model (Callable): The segmentor, or its compiled form.
        images (Tensor): Shape (N, C, H, W), on the model's device.
        segmentor (BaseSegmentor): The segmentor that is optimised.
    """
    segmentor.train()
    samples = random_samples(segmentor, images)
    wrapper = build_optim_wrapper(segmentor, optimizer_settings(cfg, case))

    def step() -> None:
        with wrapper.optim_context(segmentor):
            losses = model(images, samples, mode='loss')
            loss, _ = segmentor.parse_losses(losses)
        wrapper.update_params(loss)

    return step


def in_form(case: Case, model: BaseSegmentor) -> BaseSegmentor:
    """Return a segmentor in the form of a case, on its device."""
    model = model.to(case.device)
    if case.deployed:  # after the move, since deploy keeps the device
        model = deploy(
            model.eval(),
            dtype=case.dtype,
            runtime=case.runtime,
            steps=case.deploy_steps)
    if case.channels_last:
        model = model.to(memory_format=torch.channels_last)
    return model


def build_step(case: Case) -> tuple[Step, BaseSegmentor]:
    """Build the network and the input of a case; return step and segmentor."""
    cfg = Config.fromfile(case.config)
    # As mmengine's runner does.
    torch.backends.cudnn.benchmark = cfg.get('env_cfg', {}).get(
        'cudnn_benchmark', False)
    model = in_form(case, build_segmentor(cfg, case.checkpoint))
    images = random_images(cfg, case.batch, case.height, case.width)
    images = images.to(case.device)
    if case.channels_last:
        images = images.to(memory_format=torch.channels_last)
    runs = torch.compile(model) if case.compiled else model
    if case.train:
        return training_step(case, cfg, runs, images, model), model
    model.eval()
    return inference_step(case, runs, images), model
