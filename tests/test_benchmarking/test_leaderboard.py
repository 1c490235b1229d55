"""Results in metafiles and the tables made of them."""
import dataclasses
import os
from pathlib import Path

import pytest
import yaml

from projects.dstransnet.benchmarking.leaderboard import (
    METRICS,
    add_result,
    leaderboard_table,
    read_rows,
    with_tables,
)
from projects.dstransnet.datasets import BENCHMARK_DATASETS
from projects.dstransnet.evaluation import EvaluationResult

ROOT = Path(__file__).resolve().parents[2]
CONFIG = 'configs/mine/a_sirst-256x256.py'
RESULT = EvaluationResult(
    dict(IoU=70.123, nIoU=71., Pd=90., Fa=12.345, F1=80.),
    intervals=dict(IoU=(60.26, 80.), F1=(70., 90.)),
    settings=dict(config='a_sirst-256x256'), num_images=86)


@pytest.fixture(scope='module')
def rows():
    return read_rows(ROOT)


@pytest.fixture
def project(tmp_path):
    """A project of one config, whose metafile has a published result."""
    folder = (tmp_path / CONFIG).parent
    folder.mkdir(parents=True)
    base = ROOT / 'configs/comparison/acm_sirst-256x256.py'
    (tmp_path / CONFIG).write_text(f'_base_ = {str(base)!r}')
    (tmp_path / 'model-index.yml').write_text(
        'Import: [configs/mine/metafile.yaml]')
    (folder / 'metafile.yaml').write_text(yaml.safe_dump(dict(Models=[dict(
        Name='a_sirst-256x256', Config=CONFIG,
        Metadata=dict(Architecture=['A']), Results=[dict(
            Task='Detection', Dataset='SIRST', Metrics=dict(IoU=80),
            Source='published', Size='file', **{'Test Images': 214})])])))
    return tmp_path


def test_metafiles_name_configs_that_exist(rows):
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    names, collections = [], set()
    for path in index['Import']:
        content = yaml.safe_load((ROOT / path).read_text())
        collections |= {
            each['Name'] for each in content.get('Collections', ())}
        configs = {
            f'{Path(path).parent}/{each.name}'
            for each in (ROOT / path).parent.glob('*.py')
            if 'synthetic' not in each.name}
        assert {each['Config'] for each in content['Models']} == configs
        for model in content['Models']:
            assert (ROOT / model['Config']).stem == model['Name']
            assert model['In Collection']
            names.append(model['Name'])
    assert len(names) == len(set(names))
    assert {each['In Collection'] for path in index['Import'] for each in
            yaml.safe_load((ROOT / path).read_text())['Models']} <= collections
    assert len(rows) > 50
    assert {row.dataset for row in rows} <= BENCHMARK_DATASETS.keys()
    # Its map is an eighth of the image's size, and it found nothing.
    failed = 'fast-scnn_sirst-256x256'
    assert all(0 < row.metrics['IoU'] < 100 or (
        Path(row.config).stem == failed and row.metrics['IoU'] == 0)
        for row in rows)


def test_openmmlabs_reader_reads_all():
    modelindex = pytest.importorskip('modelindex')
    index = modelindex.load(str(ROOT / 'model-index.yml'))
    index.build_models_with_collections()
    assert not index.check()


@pytest.mark.parametrize('page', [
    path for path in (ROOT / 'README.md', *ROOT.glob('docs/**/*.md'))
    if '<!-- leaderboard:' in path.read_text()], ids=lambda page: page.name)
def test_tables_of_pages_are_those_of_the_metafiles(page, rows):
    text = page.read_text()
    prefix = os.path.relpath(ROOT, page.parent) + '/'
    assert with_tables(text, rows, prefix.removeprefix('./')) == text


def test_results_are_added_and_replaced(project):
    for iou, note, training in (
            (60., '40 epochs', '6 min'), (65., '40 epochs', '7 min'),
            (50., '', None), (70.123, '40 epochs', None)):
        result = dataclasses.replace(
            RESULT, metrics=dict(RESULT.metrics, IoU=iou))
        add_result(project, CONFIG, result, 'a.safetensors', note, training)
    published, new, other = read_rows(project)
    assert published.metrics == dict(IoU=80) and published.images == 214
    assert new.metrics == dict(zip(METRICS, (70.12, 71., 90., 12.35)))
    assert (new.source, new.dataset, new.images, new.size, new.note) == (
        'measured', 'SIRST', 86, '256 x 256', '40 epochs')
    assert other.metrics['IoU'] == 50
    assert other.costs == {'Parameters (M)': 0.4, 'GMACs': 0.34}
    rows = [other, new, published]
    assert leaderboard_table(rows, 'SIRST', 'published', '../').split('\n')[
        2:-1] == [f'| [A](../{CONFIG}) | 214, file | 80.00 |  |  |  |  |']
    assert leaderboard_table(rows, 'SIRST', 'measured').split('\n')[2] == (
        f'| [A]({CONFIG}) | 86, 256 x 256 | 70.12 [60.3, 80.0] | 71.00 | '
        '90.00 | 12.35 | 0.40 | 0.34 | 7 min | 40 epochs |')


@pytest.mark.parametrize('views, factor', [
    ('dihedral_views', 8), ('scaled_views', 1.5625)])
def test_all_views_count(project, views, factor):
    with open(project / CONFIG, 'a') as file:
        file.write(f'\ntta_pipeline = [{{{{_base_.{views}}}}}]\n')
    result = dataclasses.replace(
        RESULT, settings=dict(RESULT.settings, tta=True))
    add_result(project, CONFIG, result)
    assert read_rows(project)[1].costs['GMACs'] == round(
        factor * 0.343294592, 2)


def test_a_classical_detector_has_no_costs(project):
    base = ROOT / 'configs/classical/top-hat_sirst-256x256.py'
    (project / CONFIG).write_text(f'_base_ = {str(base)!r}')
    add_result(project, CONFIG, RESULT)
    assert read_rows(project)[1].costs == {}


def test_a_page_has_tables_of_one_source(project):
    add_result(project, CONFIG, RESULT)
    page = 'a\n<!-- leaderboard: SIRST measured -->\nold\n<!-- end -->\nb\n'
    text = with_tables(page, read_rows(project))
    assert text.startswith('a\n<!-- leaderboard: SIRST measured -->\n| netw')
    assert text.endswith('|\n<!-- end -->\nb\n')
    assert 'old' not in text and '214, file' not in text


def test_names_of_two_words_and_bars_in_notes(project):
    add_result(project, CONFIG, RESULT, note='threshold | 0.3')
    (row, ) = (row for row in read_rows(project) if row.source == 'measured')
    row = dataclasses.replace(row, dataset='SIRST + NUDT-SIRST')
    page = '<!-- leaderboard: SIRST + NUDT-SIRST measured -->\n<!-- end -->\n'
    assert with_tables(page, [row]).split('\n')[3].endswith(
        r'| threshold \| 0.3 |')


def test_what_cannot_be_added_or_shown_is_named(project):
    with pytest.raises(ValueError, match='b.py: no metafile.yaml'):
        add_result(project, 'configs/b.py', RESULT)
    with pytest.raises(ValueError, match='metafile.yaml: expected a model'):
        add_result(project, 'configs/mine/b.py', RESULT)
    with pytest.raises(ValueError, match='got none of nIoU, Pd, Fa'):
        add_result(project, CONFIG, EvaluationResult(dict(IoU=70.)))
    with pytest.raises(ValueError, match='of configs.*, got one of b'):
        add_result(project, CONFIG, dataclasses.replace(
            RESULT, settings=dict(config='b')))
    # Such as that of an evaluated folder, whose size is not known.
    with pytest.raises(ValueError, match='test.py --out .* got one of no con'):
        add_result(project, CONFIG, dataclasses.replace(RESULT, settings={}))
    with pytest.raises(ValueError, match='all 86 or 214 test .* one of 3'):
        add_result(project, CONFIG, dataclasses.replace(RESULT, num_images=3))
    with pytest.raises(ValueError, match='no measured result on SIRST'):
        leaderboard_table(read_rows(project), 'SIRST', 'measured')
    with pytest.raises(ValueError, match='expected a dataset and .*, got SI'):
        with_tables('<!-- leaderboard: SIRST -->\n<!-- end -->',
                    read_rows(project))
    path = project / 'configs/mine/metafile.yaml'
    path.write_text(path.read_text().replace('Size:', 'Sise:'))
    with pytest.raises(ValueError, match="sirst-256x256: .* 'Size'"):
        read_rows(project)
