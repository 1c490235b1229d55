"""Every benchmark in every layout, written out by hand."""
import logging
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmseg.registry import DATASETS
from PIL import Image

from projects.dstransnet.datasets import BENCHMARK_DATASETS, IRSTDDataset
from projects.dstransnet.utils.errors import InputError

CONFIGS = Path(__file__).parents[2] / 'configs/_base_/datasets'


class Tree(NamedTuple):
    """Paths of one split; {} stands for the name."""
    images: str
    masks: str
    names: str | None = None


def halves(train: str,
           test: str,
           images: str = 'images/{}.png',
           masks: str = 'masks/{}.png') -> dict[str, Tree]:
    return dict(
        train=Tree(images, masks, train), test=Tree(images, masks, test))


def folders(train: str = 'trainval',
            masks: str = '{}.png') -> dict[str, Tree]:
    return dict(
        train=Tree(train + '/images/{}.png', f'{train}/masks/{masks}'),
        test=Tree('test/images/{}.png', f'test/masks/{masks}'))


def toolbox(name: str, **kwargs) -> dict[str, dict[str, Tree]]:
    return dict(
        toolbox=halves(f'img_idx/train_{name}.txt', f'img_idx/test_{name}.txt',
                       **kwargs),
        lists=halves(f'train_{name}.txt', f'test_{name}.txt', **kwargs))


def others(masks: str = '{}.png') -> dict[str, dict[str, Tree]]:
    masks_of = 'masks/' + masks
    return {
        'ratio': halves('80_20/train.txt', '80_20/test.txt', masks=masks_of),
        'root': halves('trainval.txt', 'test.txt', masks=masks_of),
        'folders': folders(masks=masks),
    }


PIXELS = 'masks/{}_pixels0.png'
REAL = dict(images='real/images/{}.png', masks='real/masks/{}.png')
TREES = {
    'SIRST': {
        'release': {
            **halves(
                'idx_427/trainval.txt', 'idx_427/test.txt', masks=PIXELS),
            'subtrain': Tree('images/{}.png', PIXELS, 'idx_427/train.txt'),
            'val': Tree('images/{}.png', PIXELS, 'idx_427/val.txt'),
        },
        **toolbox('NUAA-SIRST'),
        '50_50': halves('50_50/train.txt', '50_50/test.txt'),
        **others(),
    },
    'SIRST-v2': {
        'release': {
            split: Tree('mixed/{}.png', 'annotations/masks/{}_pixels0.png',
                        f'splits/{file}_full.txt')
            for split, file in (('train', 'trainval'), ('test', 'test'),
                                ('subtrain', 'train'), ('val', 'val'))
        },
        **toolbox('SIRST-v2'), **others(),
    },
    'NUDT-SIRST': {
        'release': halves('50_50/train.txt', '50_50/test.txt'),
        **toolbox('NUDT-SIRST'), **others(),
    },
    'IRSTD-1K': {
        'release': halves('trainval.txt', 'test.txt', 'IRSTD1k_Img/{}.png',
                          'IRSTD1k_Label/{}.png'),
        **toolbox('IRSTD-1K'),
        **others(),
        'renamed': halves('trainval.txt', 'test.txt'),
    },
    'SIRST-Aug': {
        'folders': folders(), **toolbox('SIRST-Aug'), **others(),
    },
    'NUST-SIRST': {
        'release': dict(
            train=Tree('training/{}_1.png', 'training/{}_2.png'),
            test=Tree('test_org/{}.png', 'test_gt/{}.png')),
        **toolbox('NUST-SIRST'), **others(),
    },
    'NUDT-SIRST-Sea': {
        'release': halves('idx_4961+847/train.txt', 'idx_4961+847/test.txt'),
        **toolbox('NUDT-SIRST-Sea'), **others(),
    },
    'IRDST': {
        'release': halves('train_IRDST-real.txt', 'test_IRDST-real.txt',
                          **REAL),
        'inside': halves('real/train_IRDST-real.txt',
                         'real/test_IRDST-real.txt', **REAL),
        **toolbox('IRDST-real'), **others(),
    },
    'SIRST3': {**toolbox('SIRST3'), **others()},
}
ALL = [(name, layout) for name, trees in TREES.items() for layout in trees]
EXTRA = [  # toolboxes that kept the names of SIRST's masks, or other spellings
    *((name, layout, tree) for name in ('SIRST', 'SIRST-v2')
      for layout, tree in (
          *toolbox('NUAA-SIRST' if name == 'SIRST' else name,
                   masks=PIXELS).items(),
          *others('{}_pixels0.png').items())),
    *(('SIRST', *item) for item in toolbox('SIRST').items()),
    *(('IRDST', *item) for item in toolbox('IRDST').items()),
    ('NUDT-SIRST', 'root', halves('train.txt', 'test.txt')),
    ('NUST-SIRST', 'ratio', halves('10000_100/train.txt',
                                   '10000_100/test.txt')),
    ('IRSTD-1K', 'folders', folders('train')),
    ('IRDST', 'release', halves('train.txt', 'test.txt', **REAL)),
    ('IRDST', 'toolbox', halves(
        'img_idx/train_IRDST.txt', 'img_idx/test_IRDST.txt',
        'images/{}.bmp')),
]
SPLITS = dict(
    train=['b', 'a'], test=['t'], subtrain=['b'], val=['a'])


def write_sample(root: Path, tree: Tree, name: str, number: int = 0) -> None:
    """Write an image and its mask, of a size and grey level of their own."""
    shape = (8 + number, 12)
    mask = np.zeros(shape, np.uint8)
    mask[2, 3 + number % 6] = 255
    for path, pixels in ((tree.images, np.full(shape, 50 + number, np.uint8)),
                         (tree.masks, mask)):
        file = root / path.format(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file)


def write(root: Path, trees: dict[str, Tree]) -> None:
    """Write two training images and a test image, and the lists."""
    for split, tree in trees.items():
        if tree.names is not None:
            file = root / tree.names
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text('\n'.join(SPLITS[split]))
        for name in SPLITS[split]:
            write_sample(root, tree, name, ord(name) - ord('a'))


def build(name: str, root: Path, **kwargs) -> IRSTDDataset:
    return DATASETS.build(
        dict(
            type=BENCHMARK_DATASETS[name].__name__,
            data_root=str(root),
            serialize_data=False,
            **kwargs))


def paths(dataset: IRSTDDataset) -> list[tuple[str, str]]:
    return [(sample['img_path'], sample['seg_map_path'])
            for sample in map(dataset.get_data_info, range(len(dataset)))]


def expected(root: Path, tree: Tree, split: str) -> list[tuple[str, str]]:
    names = SPLITS[split] if tree.names else sorted(SPLITS[split])
    return [(str(root / tree.images.format(name)),
             str(root / tree.masks.format(name))) for name in names]


@pytest.fixture
def log():
    """Text that the package has logged."""
    records = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_table_names_every_layout():
    assert list(TREES) == list(BENCHMARK_DATASETS)
    for name, kind in BENCHMARK_DATASETS.items():
        assert list(TREES[name]) == [layout.name for layout in kind.LAYOUTS]
        for layout in kind.LAYOUTS:
            assert list(TREES[name][layout.name]) == list(layout.splits)


@pytest.mark.parametrize('name, layout', ALL)
def test_every_split_of_every_layout(tmp_path, log, name, layout):
    trees = TREES[name][layout]
    write(tmp_path, trees)
    # 'renamed' and 'root' are one layout.
    name_of = layout.replace('renamed', 'root')
    for split, tree in trees.items():
        stated = build(name, tmp_path, split=split, layout=layout)
        dataset = build(name, tmp_path, split=split)
        assert paths(dataset) == paths(stated) == expected(
            tmp_path, tree, split)
        source = tree.names or tree.images.rpartition('/')[0]
        assert log[-1] == (
            f'{type(dataset).__name__}: {tmp_path} is read in the layout '
            f'{name_of!r}, split {split!r} from {source}')


@pytest.mark.parametrize('name, layout, trees', EXTRA)
def test_masks_that_kept_their_names(tmp_path, name, layout, trees):
    write(tmp_path, trees)
    dataset = build(name, tmp_path, split='train')
    assert paths(dataset) == expected(tmp_path, trees['train'], 'train')


def test_both_cuts_of_sirst_in_one_folder(tmp_path, log):
    """The first of the class's layouts is taken, and the log says so."""
    write(tmp_path, TREES['SIRST']['release'])
    lists = tmp_path / 'img_idx'
    lists.mkdir()
    (lists / 'train_NUAA-SIRST.txt').write_text('t\na\n')
    (lists / 'test_NUAA-SIRST.txt').write_text('b\n')

    def names(**kwargs) -> list[str]:
        return [Path(image).stem for image, _ in paths(
            build('SIRST', tmp_path, **kwargs))]

    assert names() == ['b', 'a']
    assert log[-1].endswith("layout 'release', split 'train' from "
                            "idx_427/trainval.txt; 'toolbox' is there too")
    assert names(layout='toolbox') == ['t', 'a']
    assert log[-1].endswith("; 'release' is there too")
    assert names(layout='toolbox', split='test') == ['b']
    assert names(layout='release', split='test') == ['t']
    (tmp_path / 'idx_427/test.txt').unlink()
    with pytest.raises(InputError, match="layout='toolbox' is there"):
        names(split='test')


def test_counts_of_the_cuts():
    sirst = BENCHMARK_DATASETS['SIRST']
    assert sirst.published_counts() == dict(
        train=341, test=86, subtrain=256, val=85)
    for layout in ('toolbox', 'lists', '50_50'):
        assert sirst.published_counts(layout) == dict(train=213, test=214)
    assert sirst.published_counts('folders') == dict(train=341, test=86)
    assert BENCHMARK_DATASETS['NUST-SIRST'].published_counts(
        'release') == dict(train=9978, test=100)


@pytest.mark.parametrize('name', ['SIRST', 'NUST-SIRST'])
def test_folder_in_no_layout(tmp_path, name):
    (tmp_path / 'pictures').mkdir()
    with pytest.raises(InputError) as error:
        build(name, tmp_path)
    message = str(error.value)
    kind = BENCHMARK_DATASETS[name].__name__
    assert message.startswith(f'{kind}: {tmp_path}: no ')
    assert '\n  pictures/\n' in message
    for layout, trees in TREES[name].items():
        assert f'layout={layout!r}\n' in message
        for tree in trees.values():
            assert f'    {tree.images.format("X")}' in message
            known = tree.names in (None, '80_20/train.txt', '80_20/test.txt')
            assert known or tree.names in message


def test_no_such_folder(tmp_path):
    with pytest.raises(
            FileNotFoundError,
            match=f'SIRST3Dataset: no folder {tmp_path}/x; check data_root.*'
            'IRSTD_DATA_ROOT'):
        build('SIRST3', tmp_path / 'x')
    with pytest.raises(InputError, match='data_root: expected a folder, got'):
        BENCHMARK_DATASETS['SIRST3']()


@pytest.mark.parametrize('argument', ['split', 'layout'])
def test_data_set_without_layouts(tmp_path, argument):
    with pytest.raises(
            InputError, match=f'{argument}: IRSTDDataset has no layouts'):
        IRSTDDataset(data_root=str(tmp_path), **{argument: 'test'})


def test_lazy_data_set_looks_for_nothing_yet(tmp_path):
    dataset = build('SIRST', tmp_path / 'x', lazy_init=True)
    with pytest.raises(FileNotFoundError, match='no folder'):
        dataset.full_init()
    write(tmp_path / 'x', TREES['SIRST']['toolbox'])
    dataset.full_init()
    assert len(dataset) == 2


def test_names_in_folders_of_irdst(tmp_path):
    tree = TREES['IRDST']['release']['train']
    for number, name in enumerate(('41/1(297)', '9/1(297)')):
        write_sample(tmp_path, tree, name, number)
    (tmp_path / tree.names).write_text('/41/1(297)\n/9/1(297)\n')
    assert paths(build('IRDST', tmp_path)) == [
        (f'{tmp_path}/real/images/{name}.png',
         f'{tmp_path}/real/masks/{name}.png')
        for name in ('41/1(297)', '9/1(297)')
    ]


def test_broken_files_of_nust_sirst(tmp_path):
    tree = TREES['NUST-SIRST']['release']['train']
    for number, name in enumerate(('000238', '000239', '000240', '008772')):
        write_sample(tmp_path, tree, name, number)
    for name in ('000239', '008772'):
        for path in (tree.images, tree.masks):
            (tmp_path / path.format(name)).write_bytes(b'')
    (tmp_path / 'test_org').mkdir()
    with pytest.warns(UserWarning, match='left out') as caught:
        dataset = build('NUST-SIRST', tmp_path)
    assert [Path(image).name for image, _ in paths(dataset)
            ] == ['000238_1.png', '000240_1.png']
    messages = [str(w.message) for w in caught if 'left' in str(w.message)]
    assert messages == [
        '2 images that are broken in the release are left out: 000239, 008772'
    ]


def test_broken_files_are_those_of_the_release():
    broken = BENCHMARK_DATASETS['NUST-SIRST'].BROKEN
    assert len(set(broken)) == 22
    assert sum(map(int, broken)) == 92598
    assert all(len(name) == 6 for name in broken)


class TestStatedPaths:
    """ann_file and data_prefix are taken as they are."""

    def test_list_in_the_folders_of_a_stated_layout(self, tmp_path):
        write(tmp_path, TREES['IRSTD-1K']['folders'])
        (tmp_path / 'mine.txt').write_text('t')
        dataset = build(
            'IRSTD-1K',
            tmp_path,
            ann_file='mine.txt',
            layout='folders',
            split='test')
        assert paths(dataset) == [(f'{tmp_path}/test/images/t.png',
                                   f'{tmp_path}/test/masks/t.png')]

    def test_suffixes_in_a_layout_that_is_found(self, tmp_path):
        tree = Tree('images/{}.bmp', 'masks/{}_gt.png', '50_50/train.txt')
        write(tmp_path, dict(train=tree))
        dataset = build(
            'NUDT-SIRST',
            tmp_path,
            img_suffix='.bmp',
            seg_map_suffix='_gt.png')
        assert paths(dataset) == expected(tmp_path, tree, 'train')


class TestElsewhere:
    """Files that are not on the local disk are not looked for."""

    @pytest.mark.parametrize('kwargs', [
        dict(data_root='synthetic://seed=1'),
        dict(backend_args=dict(backend='local')),
    ])
    def test_layout_has_to_be_stated(self, tmp_path, kwargs):
        kwargs = {'data_root': str(tmp_path), **kwargs}
        with pytest.raises(
                InputError,
                match='layout: has to be stated .* one of release, toolbox'):
            BENCHMARK_DATASETS['IRSTD-1K'](**kwargs)

    def test_stated_layout_is_taken(self, tmp_path):
        write(tmp_path, TREES['IRSTD-1K']['release'])
        dataset = build(
            'IRSTD-1K',
            tmp_path,
            layout='release',
            backend_args=dict(backend='local'))
        assert paths(dataset) == expected(
            tmp_path, TREES['IRSTD-1K']['release']['train'], 'train')


@pytest.mark.parametrize('split', ['train', 'test'])
def test_sirst3_of_its_parts_equals_sirst3(tmp_path, monkeypatch, split):
    for name, layout in (('SIRST', 'toolbox'), ('NUDT-SIRST', 'release'),
                         ('IRSTD-1K', 'folders')):
        write(tmp_path / name, TREES[name][layout])
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path))
    config = Config.fromfile(CONFIGS / 'sirst3-parts_480x480.py')
    dataset = DATASETS.build(config[f'{split}_dataloader'].dataset)
    key = 'train' if split == 'train' else 'test'
    found = [dataset.get_data_info(i)['img_path'] for i in range(len(dataset))]
    assert found == [
        image for name, layout in (('SIRST', 'toolbox'),
                                   ('NUDT-SIRST', 'release'),
                                   ('IRSTD-1K', 'folders'))
        for image, _ in expected(tmp_path / name, TREES[name][layout][key],
                                 key)
    ]
    assert dataset.metainfo['classes'] == ('background', 'target')
    assert dataset[0]['inputs'].shape == (3, 480, 480)


def test_release_on_disk(sirst):
    """The release as it is, by its layout and by its list."""
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', '.* masks are resized')
        counts = BENCHMARK_DATASETS['SIRST'].published_counts()
        for split, count in counts.items():
            assert len(build('SIRST', sirst, split=split)) == count
        named = build('SIRST', sirst, ann_file='idx_427/test.txt')
        assert paths(named) == paths(build('SIRST', sirst, split='test'))
