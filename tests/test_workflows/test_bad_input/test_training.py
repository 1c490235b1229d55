"""Rows of the table of bad input: losses and memory while training."""
from unittest import mock

import pytest
import torch
from helpers.tables import error_lines, run_test, run_train

FORWARD = 'projects.dstransnet.DSTransNetBackbone.forward'
CUDA = torch.cuda.OutOfMemoryError(
    'CUDA out of memory. Tried to allocate 2.00 GiB.')


@pytest.mark.parametrize(('run', 'expected'), [
    (run_train, ['out of memory in train_step', '2 of 3 x 32 x 32',
                 'train_dataloader.batch_size']),
    (run_test, ['out of memory in test_step', '1 of 3 x 32 x 32',
                'tools/test.py --tile SIZE']),
])
def test_out_of_memory_says_what_to_change(run, expected, damaged):
    project = damaged()
    with mock.patch(FORWARD, side_effect=CUDA):
        message = error_lines(run(project))
    for text in (*expected, str(CUDA)):
        assert text in message
