"""The examples in the docstrings."""
import doctest
import importlib
import pkgutil

import pytest

import projects.dstransnet as package

MODULES = [
    module.name
    for module in pkgutil.walk_packages(package.__path__,
                                        f'{package.__name__}.')
]


@pytest.mark.parametrize('name', MODULES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [
        example for name in MODULES
        for test in finder.find(importlib.import_module(name))
        for example in test.examples
    ]
    assert len(examples) > 20
