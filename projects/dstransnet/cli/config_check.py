"""Checks of a config against the classes that it names.

A wrong setting is found here, before anything is built, with its path in the
config and the nearest known name.
"""
from __future__ import annotations

import collections.abc
import difflib
import inspect
import logging
import multiprocessing
import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import (
    EpochBasedTrainLoop,
    IterBasedTrainLoop,
    LogProcessor,
    Runner,
    TestLoop,
    ValLoop,
)
from mmseg import registry
from torch import Tensor
from torch.utils.data import DataLoader

from ..utils.errors import InputError
from ..utils.text import did_you_mean, first_few

RUNNER_KEYS = frozenset(inspect.signature(Runner).parameters) - {'cfg'} | {
    'activation_checkpointing', 'compile', 'custom_imports',
    'efficient_conv_bn_eval', 'find_unused_parameters', 'model_wrapper_cfg',
    'runner_type', 'strategy', 'sync_bn', 'tta_model', 'tta_pipeline'
}
"""Top-level keys that the framework or this package reads."""

_REGISTRIES = (
    registry.MODELS, registry.DATASETS, registry.TRANSFORMS,
    registry.DATA_SAMPLERS, registry.OPTIM_WRAPPERS, registry.OPTIMIZERS,
    registry.PARAM_SCHEDULERS, registry.LOOPS, registry.METRICS,
    registry.EVALUATOR, registry.HOOKS, registry.VISUALIZERS,
    registry.VISBACKENDS, registry.LOG_PROCESSORS)
# Their builders add and remove arguments.
_LEFT_OUT = {
    'act_cfg', 'collate_fn', 'constructor', 'conv_cfg', 'init_cfg',
    'norm_cfg', 'optimizer_cfg', 'paramwise_cfg', 'upsample_cfg',
    'worker_init_fn'
}
# What builders take from the settings before they call the class.
_ALWAYS = {'type', '_scope_', '_delete_', 'priority', 'convert_to_iter_based',
           'constructor', 'paramwise_cfg', 'optimizer', 'by_epoch'}
# What DefaultOptimWrapperConstructor reads, without a check of its own.
_PARAMWISE = (
    'bias_decay_mult', 'bias_lr_mult', 'bypass_duplicate', 'custom_keys',
    'dcn_offset_lr_mult', 'dwconv_decay_mult', 'flat_decay_mult',
    'norm_decay_mult')
_PACKAGE = __package__.removesuffix('cli')
# Classes that use no keyword arguments but those of their base classes.
_HANDING_OVER = (_PACKAGE, 'mmengine.hooks.', 'mmengine.optim.')
# The annotations of these hold: all their configs agree with them.
_CHECKED_HINTS = (_PACKAGE, 'mmengine.', 'mmseg.', 'mmcv.', 'torch.')
_LOADER_KEYS = {'dataset', 'num_batch_per_epoch'}
_LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
# Names that MMSegmentation 0.x had.
_FORMER_NAMES = dict(
    samples_per_gpu='train_dataloader.batch_size',
    workers_per_gpu='train_dataloader.num_workers',
    total_epochs='train_cfg.max_epochs',
    work_dirs='work_dir')


def names_in(one: Registry) -> Iterator[str]:
    """Yield the names in a registry and in its parents."""
    yield from one.module_dict
    if one.parent is not None:
        yield from names_in(one.parent)


def check_config(cfg: Config) -> None:
    """Raise for settings that no class of the config takes.

    Every dictionary with a ``type``, every data loader and every loop is
    compared with the signature of its class: names of arguments, and the
    kinds of values where the signature states them.

    Args:
        cfg (Config): Config of a run.

    Raises:
        InputError: If an argument is unknown, or a value is of another kind;
            the message names the setting.
    """
    if cfg.get('default_scope', 'mmseg') != 'mmseg':
        return  # of another project, with registries of its own
    _check_values(cfg)
    for key in RUNNER_KEYS & set(cfg):
        for path, settings in _dictionaries(cfg[key], key):
            kind = _class_of(path, settings)
            if inspect.isclass(kind):
                _check_arguments(path, settings, kind)


def _check_values(cfg: Config) -> None:
    """Check values that the framework would use without a check."""

    def check(path: str, right: Callable[[Any], bool], expected: str) -> None:
        value: Any = cfg
        for key in path.split('.'):
            value = (value.get(key)
                     if isinstance(value, (Config, Mapping)) else None)
        if value is not None and not right(value):
            raise InputError(f'{path}: expected {expected}, got {value!r}')

    def is_level(value: Any) -> bool:
        return isinstance(value, int) or isinstance(
            logging.getLevelName(value), int)

    check('log_level', is_level, 'a level of logging, such as INFO')
    check('randomness.seed', lambda seed: _kind(seed) != 'text', 'an integer')
    for name in ('max_epochs', 'max_iters', 'val_interval'):
        check(f'train_cfg.{name}', lambda count: _kind(count) != 'number'
              or count >= 1, '1 or more')
    for name in _LOADERS:
        check(f'{name}.batch_size', lambda count: _kind(count) != 'number'
              or count >= 1, '1 or more')
    wrapper = cfg.get('optim_wrapper') or {}
    if wrapper.get('constructor') in (None, 'DefaultOptimWrapperConstructor'):
        for name in wrapper.get('paramwise_cfg') or ():
            if name not in _PARAMWISE:
                raise InputError(f'optim_wrapper.paramwise_cfg.{name}: has no '
                                 f'effect; {did_you_mean(name, _PARAMWISE)}')
    methods = multiprocessing.get_all_start_methods()
    check('env_cfg.mp_cfg.mp_start_method', methods.__contains__,
          f'one of {", ".join(methods)}')
    optimizers = set(names_in(registry.OPTIMIZERS))
    check('optim_wrapper.optimizer.type', lambda name: name in optimizers
          or not isinstance(name, str) or '.' in name,
          'an optimizer such as Adam, SGD or AdamW')


def _dictionaries(value: Any, path: str) -> Iterator[tuple[str, Mapping]]:
    """Yield the dictionaries in a setting, with their paths."""
    if isinstance(value, Mapping):
        yield path, value
        inner: Iterable = value.items()
    elif isinstance(value, (list, tuple)):
        inner = enumerate(value)
    else:
        return
    for key, each in inner:
        if key not in _LEFT_OUT:
            yield from _dictionaries(each, f'{path}.{key}')


def _class_of(path: str, settings: Mapping) -> Any:
    """Return the class that settings are for, None where it is not known."""
    name = settings.get('type')
    if name is None:
        by_epoch = settings.get('by_epoch', True)
        return dict(
            train_cfg=EpochBasedTrainLoop if by_epoch else IterBasedTrainLoop,
            val_cfg=ValLoop, test_cfg=TestLoop, log_processor=LogProcessor,
            **dict.fromkeys(_LOADERS, DataLoader)).get(path)
    if not isinstance(name, str):
        return name
    kinds = set()
    for each in _REGISTRIES:
        # Switching scopes would warn about kinds that a scope does not have.
        kinds.add(each.children.get(settings.get('_scope_'), each).get(name))
    kinds.discard(None)
    # A name may stand for a network and for a dataset.
    return kinds.pop() if len(kinds) == 1 else None


def argument_names(kind: type) -> tuple[dict[str, Any], bool]:
    """Return the arguments of a class.

    Args:
        kind (type): A class.

    Returns:
        tuple: The arguments with the kinds of their values, those of its base
        classes too where it hands over others to them; and whether it may
        take more than these.
    """
    found: dict[str, Any] = {}
    more = False
    for each in kind.__mro__[:-1]:
        if '__init__' not in vars(each):
            continue
        init = vars(each)['__init__']
        try:
            parameters = inspect.signature(init).parameters
        except ValueError:  # in C
            return found, True
        *_, last = parameters.values()
        hands_over = last.kind is last.VAR_KEYWORD
        # Others may use what they do not hand over, and decorators may
        # translate former names.
        more |= hasattr(init, '__wrapped__') or (
            hands_over and not each.__module__.startswith(_HANDING_OVER))
        for name in list(parameters)[1:len(parameters) - hands_over]:
            found.setdefault(name, _hint(each, parameters[name].annotation))
        if not hands_over:
            return found, more
    return found, True


def _hint(kind: type, annotation: Any) -> Any:
    """Return the type that an annotation states, Any where in doubt."""
    if not kind.__module__.startswith(_CHECKED_HINTS):
        return Any
    if isinstance(annotation, str):
        try:
            return eval(annotation, vars(sys.modules[kind.__module__]))
        # Names for type checkers alone, or quoted parts of a union.
        except (NameError, AttributeError, TypeError):
            return Any
    return Any if annotation is inspect.Parameter.empty else annotation


def _check_arguments(path: str, settings: Mapping, kind: type) -> None:
    known, more = argument_names(kind)
    allowed = set(known) | _ALWAYS
    if kind is DataLoader:
        allowed |= _LOADER_KEYS
    for name, value in settings.items():
        if name not in allowed:
            near = kind.__module__.startswith(_HANDING_OVER) \
                and difflib.get_close_matches(str(name), known, 1, 0.8)
            if near or not more:
                raise InputError(
                    f'{path}.{name}: {kind.__name__} has no such argument; '
                    f'{did_you_mean(str(name), known)}')
        elif not _fits(value, known.get(name, Any)):
            raise InputError(
                f'{path}.{name}: expected {_told(known[name])}, got {value!r}')


def _kind(value: Any) -> str | None:
    """Return the rough kind of a plain value or class, None for others.

    Signatures are not strict enough to tell integers from floats, or lists
    from dictionaries.
    """
    kind = value if inspect.isclass(value) else type(value)
    for name, kinds in (('number', (int, float, Tensor)),
                        ('text', (str, )), ('container', (list, tuple, dict))):
        if issubclass(kind, kinds):
            return name
    if kind in (collections.abc.Sequence, collections.abc.Mapping):
        return 'container'
    return None


def _fits(value: Any, hint: Any) -> bool:
    """Tell whether a value may be of a kind; True if in doubt."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, each) for each in typing.get_args(hint)
                   if each is not type(None))
    given, expected = _kind(value), _kind(origin or hint)
    # Signatures that state one number or a text often allow more.
    return None in (given, expected) or given == expected or (
        expected, given) in (('number', 'container'), ('text', 'number'))


def _told(hint: Any) -> str:
    """Return a kind of values in words."""
    name = hint.__name__ if inspect.isclass(hint) else str(hint)
    return name.replace('typing.', '')


def override(cfg: Config, options: Mapping[str, Any]) -> None:
    """Override settings of a config, in place.

    A variable of the config file, such as ``data_root``, was copied into the
    settings while the file was read. Copies of a text or a dictionary are
    changed with it.

    Args:
        cfg (Config): Config of a run.
        options (Mapping): New values by key, with dots.

    Raises:
        InputError: If a key is unknown, a value does not fit the config, or
            a variable has no copies.
    """
    variables: dict[str, dict] = {}
    settings: dict[str, Any] = {}
    for key, value in options.items():
        top = key.partition('.')[0]
        if top in RUNNER_KEYS:
            settings[key] = value
        elif top in cfg:
            variables.setdefault(top, {})[key] = value
        else:
            raise InputError(f'--cfg-options {key}: no such setting; '
                             + _nearest_key(cfg, key))
    for top, changes in variables.items():
        before = cfg[top]
        copies = list(_copies(cfg, before))
        if not copies:
            raise InputError(
                f'--cfg-options {top}: a variable that was used while the '
                'config was read, so a change has no effect; '
                + _equal_settings(cfg, top, before))
        _merge(cfg, changes)
        cfg.merge_from_dict(dict.fromkeys(copies, cfg[top]))
        print(f'--cfg-options {top}: also sets {first_few(copies)}')
    _merge(cfg, settings)


def _merge(cfg: Config, options: Mapping[str, Any]) -> None:
    """Set options one by one, so that an error names the one at fault."""
    for key, value in options.items():
        try:
            cfg.merge_from_dict({key: value})
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise InputError(f'--cfg-options {key}={value}: does not fit the '
                             f'config ({type(error).__name__}: {error})'
                             ) from error


def _leaves(cfg: Config) -> Iterator[tuple[str, Any]]:
    """Yield all settings of a run, the outer ones first, with their paths."""

    def walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
        yield path, value
        inner = value.items() if isinstance(value, Mapping) else enumerate(
            value) if isinstance(value, (list, tuple)) else ()
        for key, each in inner:
            yield from walk(each, f'{path}.{key}')

    for key in cfg:
        if key in RUNNER_KEYS:
            yield from walk(cfg[key], key)


def _copies(cfg: Config, value: Any) -> Iterator[str]:
    """Yield the paths of the settings that are copies of a variable.

    A number may stand for anything, so it has none.
    """
    telling = isinstance(value, (str, Mapping)) or (
        isinstance(value, list) and any(isinstance(each, Mapping)
                                        for each in value))
    if telling and value:
        yield from (path for path, each in _leaves(cfg) if each == value)


def _numbers(value: Any) -> set:
    """Return the different numbers or texts in a value, none of others."""
    values = value if isinstance(value, (list, tuple)) else [value]
    plain = all(isinstance(each, (int, float, str)) for each in values)
    return set(values) if plain else set()


def _equal_settings(cfg: Config, name: str, value: Any) -> str:
    """Say which settings may have been made from a variable."""
    leaves = [(path, each) for path, each in _leaves(cfg)
              if not path.rpartition('.')[2].isdigit()]
    equal = [path for path, each in leaves
             if each == value or _numbers(each) == _numbers(value) != set()]
    named = [path for path, _ in leaves if path.endswith(f'.{name}')]
    # Those of its name first.
    equal.sort(key=lambda path: path not in named)
    equal = equal or named
    if not equal:
        return 'set what was made from it'
    return f'set these instead: {first_few(equal, 8)}'


def _nearest_key(cfg: Config, key: str) -> str:
    """Say which key was meant by an unknown one."""
    top, _, rest = key.partition('.')
    leaf = key.rpartition('.')[2]
    if leaf in _FORMER_NAMES:
        return f'did you mean {_FORMER_NAMES[leaf]!r}?'
    known = {*RUNNER_KEYS, *cfg}
    near = difflib.get_close_matches(top, known, 1, 0.75)
    if near:
        return f'did you mean {".".join(filter(None, (near[0], rest)))!r}?'
    same = [path for path, _ in _leaves(cfg) if path.endswith(f'.{leaf}')]
    if same:
        return f'did you mean {min(same, key=len)!r}?'
    return did_you_mean(top, known)
