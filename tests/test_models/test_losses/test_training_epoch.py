import pytest
from mmengine.logging import MessageHub

from projects.dstransnet.models.losses.training_epoch import (
    is_before,
    training_epoch,
)


@pytest.fixture
def at():
    hub = MessageHub.get_current_instance()
    before = [(key, hub.get_info(key, 0)) for key in ('epoch', 'max_epochs')]

    def at(epoch, epochs):
        hub.update_info('epoch', epoch)
        hub.update_info('max_epochs', epochs)

    yield at
    for key, value in before:
        hub.update_info(key, value)


def test_epoch_of_the_runner(at):
    at(3, 9)
    assert training_epoch() == 3


@pytest.mark.parametrize('share, last, epochs', [
    (0.552, 551, 1000), (0.452, 451, 1000), (0.3, 1, 5)])
def test_last_epoch_of_a_share(at, share, last, epochs):
    at(last, epochs)
    assert is_before(share)
    at(last + 1, epochs)
    assert not is_before(share)
    assert is_before(1)


def test_everything_is_ahead_without_a_runner(at):
    at(0, 0)
    assert is_before(0.1)
