"""MkDocs hooks: reference pages, and pages for files outside of docs/.

Pages link to configs, code and folders of the repository. The site shows each
of them on a page of its own, so that a link works in both places.
"""
import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r'(?<=\]\()(?![a-z]+:)[^)\s#]+')
# :func:`name`, :func:`.name` or :func:`~package.name`, all shown as name.
ROLE = re.compile(r':(?:attr|class|func|meth|mod):<code>(?:~[\w.]*\.|\.+)?')
LANGUAGES = {'.py': 'python', '.sh': 'bash', '.yaml': 'yaml', '.yml': 'yaml'}

# Pages of the site from elsewhere in the repository.
MOVED = {
    'index.md': 'README.md',
    'contents.md': 'docs/README.md',
    'contributing.md': 'CONTRIBUTING.md',
    'changelog.md': 'CHANGELOG.md',
}
REFERENCE = (
    '', 'models', 'detectors', 'datasets', 'evaluation', 'inference',
    'deployment', 'visualization', 'imaging', 'checkpoint', 'profiling',
    'benchmarking')


def on_config(config: MkDocsConfig) -> None:
    """Add the reference pages to the navigation."""
    config.nav.append({'Reference': [
        {part or 'top level': reference_page(part)} for part in REFERENCE]})


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the pages that are not in docs/."""

    def add(src_uri: str, content: str) -> None:
        files.append(File.generated(config, src_uri, content=content))

    for src_uri, name in MOVED.items():
        add(src_uri, (ROOT / name).read_text('utf-8'))
    linked = {
        repository_path(file.src_uri, link)
        for file in files.documentation_pages()
        if file.src_uri.endswith('.md')
        for link in LINK.findall(file.content_string)
    }
    for path in sorted(linked):
        if site_path(path) not in files.src_uris and (ROOT / path).exists():
            add(site_path(path), source_text(path))
    for part in REFERENCE:
        module = f'projects.dstransnet.{part}'.rstrip('.')
        add(reference_page(part), f'# {module}\n\n::: {module}\n')


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig,
                     files: Files) -> str:
    """Let links lead to pages of the site."""

    def replace(match: re.Match) -> str:
        path = site_path(repository_path(page.file.src_uri, match[0]))
        if path not in files.src_uris:
            return match[0]  # code that looks like a link, or a broken link
        return os.path.relpath(path, os.path.dirname(page.file.src_uri))

    return LINK.sub(replace, markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig,
                    files: Files) -> str:
    """Drop the roles that docstrings give to names."""
    return ROLE.sub('<code>', html)


def reference_page(part: str) -> str:
    """Return the path in the site of a folder of the package."""
    return f'reference/{part or "top-level"}.md'


def repository_path(src_uri: str, link: str) -> str:
    """Return the path in the repository that a link of a page leads to."""
    page = MOVED.get(src_uri, f'docs/{src_uri}')
    return os.path.normpath(os.path.join(os.path.dirname(page), link))


def site_path(path: str) -> str:
    """Return the path in the site of a file or folder of the repository."""
    for src_uri, name in MOVED.items():
        if path == name:
            return src_uri
    if path.startswith('docs/'):
        return path.removeprefix('docs/')
    return f'repository/{path}.md'


def source_text(path: str) -> str:
    """Return a page with the lines of a file, or the files of a folder."""
    source = ROOT / path
    if source.is_dir():
        lines = '\n'.join(sorted(file.name for file in source.iterdir()))
    else:
        lines = source.read_text('utf-8')
    language = LANGUAGES.get(source.suffix, 'text')
    return f'# `{path}`\n\n````{language}\n{lines}\n````\n'
