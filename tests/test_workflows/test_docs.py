"""Pages: links, files, commands and code of README, guide and design."""
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from mmengine.config import Config

from projects.dstransnet.cli.config_check import check_config
from projects.dstransnet.datasets import BENCHMARK_DATASETS
from projects.dstransnet.models.build import build_segmentor
from projects.dstransnet.models.shipped_weights import list_weights

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / name for name in ('README.md', 'CONTRIBUTING.md', 'CHANGELOG.md')
] + sorted((ROOT / 'docs').rglob('*.md'))
TEXTS = {
    page.relative_to(ROOT).as_posix(): page.read_text(encoding='utf-8')
    for page in PAGES
}


def anchors(text: str) -> set[str]:
    """Return the names that GitHub gives to the headings of a page."""
    text = re.sub(r'^```.*?^```', '', text, flags=re.M | re.S)
    return {
        re.sub(r'[^\w -]', '', heading).strip().lower().replace(' ', '-')
        for heading in re.findall(r'^#+ (.*)', text, re.M)
    }


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page in one language."""
    return re.findall(
        rf'^```{language}\n(.*?)^```', TEXTS[page], re.M | re.S)


@pytest.mark.parametrize('page', TEXTS)
def test_links_lead_to_files_and_headings(page):
    for link in re.findall(r'\]\(([^)\s]+)\)', TEXTS[page]):
        if '://' in link:
            continue
        path, _, anchor = link.partition('#')
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text('utf-8')), link


@pytest.mark.parametrize('page', TEXTS)
def test_lines_of_code_fit_in_the_site(page):
    """The number is that of docs/site/extra.css."""
    code = re.findall(r'^```.*?^```', TEXTS[page], re.M | re.S)
    lines = [line for block in code for line in block.splitlines()]
    assert not [line for line in lines if len(line) > 88]


@pytest.mark.parametrize('page', TEXTS)
def test_files_that_are_named_exist(page):
    text = TEXTS[page]
    to_write = set(re.findall(r'Save this as `([^`]+)`', ''.join(
        TEXTS.values())))
    paths = re.findall(
        r'(?<![\w/.])(?:projects|configs|tools|tests|docs)/[\w./-]+[\w-]',
        text)
    for path in set(paths) - to_write:
        assert (ROOT / path).exists(), path


def test_every_page_is_in_the_navigation():
    site = (ROOT / 'mkdocs.yml').read_text('utf-8')
    missing = [
        page for page in TEXTS if page.startswith('docs/')
        and page != 'docs/README.md' and f'{page[5:]}\n' not in site
    ]
    assert not missing


def test_every_tool_has_a_place_in_the_pages():
    text = ''.join(TEXTS.values())
    tools = [*(ROOT / 'tools').rglob('*.py'), *(ROOT / 'tools').rglob('*.sh')]
    missing = [
        tool.name for tool in tools
        if tool.name not in text and not tool.stem.endswith('_launch')
    ]
    assert tools and not missing


def python_blocks(configs: bool) -> list:
    """Return the blocks of README and guide that are configs, or are not."""
    return [
        pytest.param(
            block, id=f'{page}-{number}',
            # OpenVINO compiles the network.
            marks=[pytest.mark.slow] if 'deploy(model)' in block else [])
        for page in TEXTS if page.startswith(('README', 'docs/guide'))
        for number, block in enumerate(blocks(page, 'python'))
        if block.startswith('_base_') == configs
    ]


@pytest.mark.parametrize('block', python_blocks(configs=True))
def test_configs_are_read(block, tmp_path, monkeypatch):
    """Those of the guide stand for a file in a folder of configs."""
    folder = ROOT / 'configs' / (
        'comparison' if "'./_base_" in block else 'dstransnet')
    # A module that a page tells to write.
    monkeypatch.setitem(sys.modules, 'my_network', ModuleType('my_network'))
    block = re.sub(r"(_base_ = |^    )'((?:\.\./)?[\w./-]+\.py)'",
                   rf"\1'{folder}/\2'", block, flags=re.M)
    path = tmp_path / 'config.py'
    path.write_text(block)
    cfg = Config.fromfile(path)
    assert cfg.model.type == 'EncoderDecoder'
    assert cfg.train_dataloader.dataset.pipeline
    check_config(cfg)
    if 'TIMMBackbone' in block:
        pytest.importorskip('timm')
        build_segmentor(cfg)


@pytest.mark.parametrize('block', python_blocks(configs=False))
def test_python_runs(block, monkeypatch):
    if 'segmentation_models_pytorch' in block:
        pytest.importorskip('segmentation_models_pytorch')
    monkeypatch.chdir(ROOT)
    exec(compile(block, 'page', 'exec'), {'__name__': 'page'})


def test_results_are_those_of_the_metafiles():
    found = re.findall(
        r'^\| \[([\w-]+)\]\(configs/(\w+)/(.*?)\.py\)(.*)\|$',
        TEXTS['README.md'], re.M)
    assert 'dstransnet-s_sirst' in [name for name, *_ in found]
    for name, folder, stem, cells in found:
        assert Path(list_weights()[name].config).stem == stem
        meta = yaml.safe_load(
            (ROOT / 'configs' / folder / 'metafile.yaml').read_text())
        (model, ) = [each for each in meta['Models'] if each['Name'] == stem]
        measured = dict(SIRST=[], **{'NUDT-SIRST': []})
        for each in model['Results']:
            measured[each['Dataset']].append(' / '.join(
                f'{value:.2f}' for value in each['Metrics'].values()))
        assert [cell.strip() for cell in cells.split('|')[-2:]] == [
            '; with `--tta` '.join(figures) for figures in measured.values()]


@pytest.mark.parametrize('name', BENCHMARK_DATASETS)
def test_counts_and_addresses_of_the_datasets(name):
    kind = BENCHMARK_DATASETS[name]
    (row, ) = re.findall(rf'^\| \[`{name}`\]\((.*?)\)(.*)$',
                         TEXTS['docs/guide/data.md'], re.M)
    assert row[0] == kind.URL
    assert f'| {kind.COUNTS["train"]} / {kind.COUNTS["test"]} |' in row[1]
