import copy
import pickle

from projects.dstransnet.deployment.shape_cache import ShapeCache


def test_the_oldest_goes():
    made, cache = [], ShapeCache(most=2)

    def get(key):
        return cache.get(key, lambda: made.append(key) or key)

    assert [get(key) for key in (1, 2, 1, 3, 1, 2)] == [1, 2, 1, 3, 1, 2]
    assert made == [1, 2, 3, 2]
    assert len(cache) == 2 and 1 in cache and 3 not in cache
    cache.clear()
    assert len(cache) == 0


def test_copies_are_empty():
    cache = ShapeCache(most=3)
    cache.get(1, lambda: lambda: 'neither copied nor saved')
    for twin in (copy.deepcopy(cache), pickle.loads(pickle.dumps(cache))):
        assert len(twin) == 0 and twin.most == 3
    assert len(cache) == 1
