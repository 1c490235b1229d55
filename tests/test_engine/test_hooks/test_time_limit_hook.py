import time
from types import SimpleNamespace

from mmengine.logging import MessageHub

from projects.dstransnet.engine.hooks import TimeLimitHook


def fake_runner(hub):
    return SimpleNamespace(
        message_hub=hub, train_loop=SimpleNamespace(stop_training=False))


def test_training_ends_after_its_time_also_when_resumed(monkeypatch):
    clock = SimpleNamespace(now=100.)
    monkeypatch.setattr(time, 'monotonic', lambda: clock.now)
    hub = MessageHub.get_instance('time limit')
    runner, hook = fake_runner(hub), TimeLimitHook(minutes=1)
    hook.before_train(runner)
    for now, over in ((140, False), (159, False)):
        clock.now = now
        hook.after_train_epoch(runner)
        assert runner.train_loop.stop_training is over

    resumed, hook = fake_runner(hub), TimeLimitHook(minutes=1)
    clock.now = 1000
    hook.before_train(resumed)
    assert not resumed.train_loop.stop_training
    clock.now = 1001
    hook.after_train_epoch(resumed)
    assert resumed.train_loop.stop_training

    ended = fake_runner(hub)
    TimeLimitHook(minutes=1).before_train(ended)
    assert ended.train_loop.stop_training
