"""Measuring one case, in the process that calls."""
from __future__ import annotations

from dataclasses import dataclass, field

import torch
from mmengine.config import Config
from mmseg.models import BaseSegmentor

from ..deployment import deploy
from ..models.build import build_segmentor
from .case import Case
from .device_name import device_name
from .memory import peak_above
from .network_inputs import parameter_count, random_images
from .operators import OperatorTime, operator_times
from .timed_steps import Step, inference_step, replayed, training_step
from .timing import elapsed, matrix_product, time_in_turns


@dataclass(frozen=True)
class Measurement:
    """What was measured of a case.

    Args:
        seconds (list[float]): Of every timed step.
        unit_seconds (list[float]): Of the unit in between.
        memory (int): Peak memory of a step, bytes, the median of the warm-up
            steps: above what was held before the first, that is the network
            and its input. What runtimes keep for later steps belongs to it,
            their copies of the weights too, and so do gradients and the
            optimiser's state.
        memory_sizes (list[int]): That of every warm-up step.
        memory_method (str): How it was found.
        first_seconds (float): Of the very first step, before the warm-up;
            of a compiled network it holds the compilation.
        parameters (int): Values in the network's parameters, in this form.
        threads (int): Threads of the operators on the CPU.
        device_name (str): Name of the processor or GPU.
        operators (list[OperatorTime]): Of one more step, where asked for.
    """

    seconds: list[float]
    unit_seconds: list[float]
    memory: int
    memory_sizes: list[int]
    memory_method: str
    first_seconds: float
    parameters: int
    threads: int
    device_name: str
    operators: list[OperatorTime] = field(default_factory=list)


def set_precision(case: Case) -> None:
    """Let CUDA round factors to TensorFloat-32, or not; the process's own."""
    torch.set_float32_matmul_precision('high' if case.tf32 else 'highest')
    torch.backends.cudnn.allow_tf32 = case.tf32


def in_form(case: Case, model: BaseSegmentor) -> BaseSegmentor:
    """Return a segmentor in the form of a case, on its device."""
    model = model.to(case.device)
    if case.deployed:  # for the device that it is on
        model = deploy(
            model.eval(),
            dtype=case.dtype,
            runtime=case.runtime,
            steps=case.deploy_steps)
    if case.channels_last:
        model = model.to(memory_format=torch.channels_last)
    return model


def build_step(case: Case) -> tuple[Step, BaseSegmentor]:
    """Build a case's network and its input.

    Returns:
        tuple[Step, BaseSegmentor]: The step to be timed, and the segmentor in
        its form.
    """
    cfg = Config.fromfile(case.config)
    cfg.merge_from_dict(case.options)
    # As the runner does.
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


def measure(case: Case) -> Measurement:
    """Measure one case in this process.

    Changes the process's number of threads and precision of products, and its
    peak memory is only reliable in a fresh process:
    :func:`~.child.measure_apart` makes one.

    Raises:
        InputError: If the case's files or settings do not go together.
    """
    if case.threads is not None:
        torch.set_num_threads(case.threads)
    set_precision(case)
    device = torch.device(case.device)
    if device.type == 'cuda':
        torch.cuda.set_device(device)
    unit = matrix_product(device)
    unit()
    step, model = build_step(case)
    first = 0.

    def take_first_step() -> None:
        # Compiles, makes the optimiser's state, and lets runtimes allocate.
        nonlocal first
        first = elapsed(step, device)

    peak = peak_above(step, device, case.warmup, prepare=take_first_step)
    if case.cuda_graph:
        step = replayed(step)
        step()
    times = time_in_turns(
        dict(unit=unit, step=step), device, case.repeats, case.max_seconds)
    return Measurement(
        seconds=times['step'],
        unit_seconds=times['unit'],
        memory=peak.size,
        memory_sizes=peak.sizes,
        memory_method=peak.method,
        first_seconds=first,
        parameters=parameter_count(model),
        threads=torch.get_num_threads(),
        device_name=device_name(device),
        operators=operator_times(step, device) if case.profile else [])
