"""Measure time, peak memory and arithmetic of a config's network.

Any config of mmseg will do. A step is one inference, from normalised images
to the logits of the head (``model(images, None, mode='tensor')`` in eval
mode), or with --train one step of training: losses, backward pass and the
config's optimiser. Every case runs in a process of its own. Its steps take
turns with the unit of time, the product of two 2048 x 2048 float32 matrices
on the same device and threads: 'products' is the ratio of both medians, and
compares between machines. MACs are always those of the plain network, a
training step counts as three forward passes; 'of the limit' is what that
makes a second, over what the matrix product makes. Memory is the peak of a
step above what was held before it (the network, the images, libraries once
used): resident memory on CPUs, what PyTorch handed out on GPUs, and that
before --cuda-graph records. The first step of a form that is compiled, or
that its runtime records, does that, and is stated apart.
"""
from __future__ import annotations

import argparse
import json
import os
import os.path as osp
import sys
from pathlib import Path

import torch
from mmengine.config import Config

from ... import cli, profiling
from ...deployment import STEPS, is_exported
from ...engine.provenance import hardware, versions
from ...models.build import build_segmentor
from ...profiling import Case, Result
from ...utils.config import input_size, training_size
from ...utils.dtypes import DTYPES, MIXED_DTYPES, usable_dtype
from ...utils.errors import InputError


def parse_args() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = cli.ToolParser(
        description='Measure time, peak memory and arithmetic of a network',
        examples=[
            'dstransnet bench dstransnet-s_sirst --deploy',
            'dstransnet bench CONFIG --shape 256 512 --train'])
    cli.add_config_arguments(parser)
    cli.add_checkpoint_argument(parser, 'default: the initial weights')
    what = parser.add_argument_group('what is measured')
    what.add_argument(
        '--shape', type=int, nargs='+', action='append', metavar='PIXELS',
        help='height and width of the input, or the side of a square; may be '
        "given several times; default: the size of the config's test images, "
        'with --train that of its training windows')
    what.add_argument(
        '--batch', type=int, nargs='+', default=[1],
        help='images a step, several for a row each; default: 1')
    what.add_argument(
        '--train', action='store_true', help='time whole training steps')
    what.add_argument(
        '--growth', metavar='FILE.png',
        help='measure squares of 128 to 2048 pixels (or those of --shape), '
        'and plot time and memory over pixels; the numbers go to FILE.json')
    what.add_argument(
        '--profile', action='store_true',
        help='list the operators that take the time')
    form = parser.add_argument_group('the form of the network')
    cli.add_deploy_arguments(form)
    form.add_argument(
        '--steps', nargs='*', choices=list(STEPS), metavar='STEP',
        help='with --deploy, apply these steps alone, to see the share of '
        f'each: {", ".join(STEPS)}; default: all')
    form.add_argument(
        '--compile', action='store_true', help='by torch.compile')
    cli.add_amp_arguments(form)
    form.add_argument(
        '--channels-last', action='store_true',
        help='maps as (N, H, W, C) in memory')
    form.add_argument(
        '--tf32', action='store_true',
        help='TensorFloat-32 in products and convolutions on CUDA; the unit '
        'stays in float32, as does everything without this option')
    form.add_argument(
        '--cuda-graph', action='store_true',
        help='replay the inference from a CUDA graph')
    form.add_argument(
        '--compare-with-plain', action='store_true',
        help='add a row of the plain float32 form before each')
    how = parser.add_argument_group('how')
    how.add_argument(
        '--device', help='cpu, cuda or cuda:N; default: cuda if there is one')
    how.add_argument(
        '--threads', type=int,
        help="threads of the operators on CPUs; default: PyTorch's choice")
    how.add_argument(
        '--warmup', type=int, default=3,
        help='steps before, whose peak memory counts; default: 3')
    how.add_argument(
        '--repeats', type=int, default=10, help='timed steps; default: 10')
    how.add_argument(
        '--max-seconds', type=float, default=60,
        help='timing of a case stops after that, but not before 3 steps; '
        'default: 60')
    how.add_argument(
        '--json', metavar='FILE', help='where to write everything to')
    args = parser.parse_args()
    cli.resolve_model(args)
    return args


def precision_of(args: argparse.Namespace, device: str) -> str | None:
    """Return the 16-bit type to compute in, None for float32."""
    if args.deploy and args.amp:
        raise InputError('--amp is for the plain form: use --deploy-dtype')
    for option, value, needed in (
            ('--amp-dtype', args.amp_dtype, 'amp'),
            ('--deploy-dtype', args.deploy_dtype, 'deploy')):
        if value is not None and not getattr(args, needed):
            raise InputError(f'{option} needs --{needed}')
    if args.amp:
        dtype = MIXED_DTYPES[args.amp_dtype or 'bf16']
    else:
        dtype = DTYPES[args.deploy_dtype or 'float32']
    dtype = usable_dtype(dtype, device)
    return {MIXED_DTYPES[name]: name for name in MIXED_DTYPES}.get(dtype)


def cases_of(args: argparse.Namespace, cfg: Config) -> list[Case]:
    """Return the cases that the arguments ask for."""
    size = training_size(cfg) if args.train else input_size(cfg)
    shapes = args.shape or [size]
    if args.growth:
        shapes = sorted(args.shape or [[size] for size
                                       in profiling.GROWTH_SIZES])
        if len(args.batch) > 1:
            raise InputError('--growth: expected one --batch, got '
                             f'{len(args.batch)}')
    device = args.device or (
        'cuda' if torch.cuda.is_available() else 'cpu')
    common = Case(
        args.config, 1, 1,
        checkpoint=args.checkpoint,
        device=device,
        threads=args.threads,
        train=args.train,
        deployed=args.deploy,
        runtime=args.runtime or 'auto',
        deploy_steps=None if args.steps is None else tuple(args.steps),
        compiled=args.compile,
        amp=precision_of(args, device),
        channels_last=args.channels_last,
        tf32=args.tf32,
        cuda_graph=args.cuda_graph,
        warmup=args.warmup,
        repeats=args.repeats,
        max_seconds=args.max_seconds,
        profile=args.profile)
    return profiling.all_cases(common, shapes, args.batch,
                               args.compare_with_plain)


def json_path(args: argparse.Namespace) -> str | None:
    """Return where the numbers go; check that they, and a plot, can."""
    if args.growth and not args.growth.endswith('.png'):
        raise InputError(f'--growth: expected FILE.png, got {args.growth}')
    path = args.json
    if args.growth and path is None:
        path = args.growth[:-len('.png')] + '.json'
    for option, file in (('--json', path), ('--growth', args.growth)):
        if file is not None:
            if osp.isdir(file):
                raise InputError(f'{option}: expected a file, got the folder '
                                 f'{file}')
            cli.check_folder(option, osp.dirname(file))
            os.makedirs(osp.dirname(file) or '.', exist_ok=True)
    return path


def save(path: str, settings: dict, results: list[Result]) -> None:
    """Write all that is known so far."""
    content = dict(
        settings,
        growth=profiling.exponents(results),
        results=[result.as_dict() for result in results])
    Path(path).write_text(json.dumps(content, indent=1) + '\n')


def report(results: list[Result], settings: dict) -> None:
    """Print the tables."""
    step = 'training step' if settings['train'] else 'inference'
    print(f'{settings["config"]}: {settings["parameters"] / 1e6:.2f} M '
          f'parameters; weights: {settings["weights"]}')
    measured = [result for result in results if result.measurement]
    if measured:
        found = measured[0].measured
        print(f'{step} on {measured[0].case.device}: {found.device_name}, '
              f'{found.threads} threads, PyTorch {torch.__version__}')
    print(profiling.result_table(results))
    if measured:
        print(profiling.describe_unit(results))
        print(f'memory: {found.memory_method}')
    for result in measured:
        if result.measured.operators:
            print(f'\n{result.case}: operators')
            print(profiling.operator_table(result.measured.operators))


def main() -> None:
    """Measure and print the tables."""
    args = parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        if is_exported(args.config):
            raise InputError(f'config: expected a config, as bench measures '
                             f'no exported files, got {args.config}')
        cfg = cli.read_config(args.config, args.cfg_options)
        cases = cases_of(args, cfg)
        path = json_path(args)
        # Also shows what does not fit before anything is measured.
        network = build_segmentor(cfg, args.checkpoint)
        settings = dict(
            config=args.config,
            options=args.cfg_options or {},
            weights=args.checkpoint or 'the initial ones (no checkpoint)',
            parameters=profiling.parameter_count(network),
            train=args.train,
            unit_flop=profiling.UNIT_FLOP,
            versions=versions(),
            hardware=hardware())
        del network

        def finished(results: list[Result]) -> None:
            last = results[-1]
            print(f'[{len(results)}/{len(cases)}] {last.case}: ' + (
                last.problem or f'{1e3 * last.time.median:.1f} ms, '
                f'{last.products:.2f} products'), file=sys.stderr)
            if path is not None:
                save(path, settings, results)
            if args.growth:
                profiling.draw_growth(
                    results, f'{Path(args.config).stem}, '
                    f'{"training" if args.train else "inference"}').savefig(
                        args.growth, dpi=150)

        results = profiling.measure_all(cfg, cases, finished)
        report(results, settings)
        if args.growth:
            for form, powers in profiling.exponents(results).items():
                print(f'{form}: time ~ pixels^{powers["products"]:.2f}, '
                      f'memory ~ pixels^{powers["memory"]:.2f}')
