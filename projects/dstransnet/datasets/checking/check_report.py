"""Report of the check of a dataset."""
from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from prettytable import PrettyTable

from ...utils.text import first_few
from .sample_check import IMAGES, MASKS, VALUES, Sample, SampleCheck

MOST_LISTED = 20  # entries of one kind
LAYOUT, LISTS = 'layout', 'lists'  # kinds of problems
_UNUSABLE = (LAYOUT, LISTS, IMAGES, MASKS, VALUES)
_HEADINGS = {
    LAYOUT: 'folders or lists are not as expected',
    LISTS: 'lists cannot be used',
    IMAGES: 'images cannot be used',
    MASKS: 'masks cannot be used',
    VALUES: 'masks have other values than 0 and 1, or 0 and 255',
    'counts': 'splits have another number of images than published',
    'sizes': 'images are of another size than published',
    'shared': 'images are in two splits',
    'same content': 'images of two splits are equal, pixel by pixel',
    'broken': 'images are broken in the release, and left out',
    'resized': "masks are of another size than their image's; they are "
    'resized (nearest) when they are read',
    'full': 'masks have no background',
    'grey': 'masks have grey values; pixels above the threshold of the '
    'dataset are target',
    'same name': 'images of two splits differ, but have the same name',
    'repeated': 'images of one split are equal, pixel by pixel',
    'unused': 'files belong to no split',
    'missing splits': 'splits beyond train and test are not there',
}


@dataclass
class CheckReport:
    """Result of the check of a dataset.

    Attributes:
        root (str): The folder.
        layout (str | None): Name of the layout, None where there is none.
        others (list[str]): Layouts that are there too.
        published (dict[str, int]): Published number of images of each split.
        samples (dict[str, list[Sample]]): Samples of each split.
        checked (dict[str, SampleCheck]): What was found, by path of the image.
        problems (dict[str, list[str]]): What is wrong, by kind.
        notes (dict[str, list[str]]): What is allowed, but worth knowing.
    """
    root: str
    layout: str | None = None
    others: list[str] = field(default_factory=list)
    published: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    checked: dict[str, SampleCheck] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(
        default_factory=lambda: defaultdict(list))
    notes: dict[str, list[str]] = field(
        default_factory=lambda: defaultdict(list))

    @property
    def usable(self) -> bool:
        """True if every sample can be read."""
        return not any(kind in self.problems for kind in _UNUSABLE)

    def targets(self, split: str) -> int:
        """Return the number of targets of a split, readable masks only."""
        return sum(self.checked[sample.image].targets or 0
                   for sample in self.samples[split])

    def __str__(self) -> str:
        if self.layout is None:
            lines = [f'{self.root}: no layout found']
        else:
            others = ''.join(f'; {name!r} is there too'
                             for name in self.others)
            lines = [f'{self.root}: layout {self.layout!r}{others}',
                     self._table(), *self._formats()]
        for heading, found in (('Worth knowing', self.notes),
                               ('Wrong', self.problems)):
            if found:
                lines += ['', f'{heading}:', *_listed(found)]
        number = sum(map(len, self.problems.values()))
        lines += ['', f'Wrong: {number} in all.' if number else
                  'Nothing is wrong.']
        return '\n'.join(lines)

    def _table(self) -> str:
        table = PrettyTable(['split', 'images', 'published', 'targets',
                             'without target', 'smallest', 'largest'])
        table.align = 'r'
        table.align['split'] = 'l'
        for split, samples in self.samples.items():
            checked = [self.checked[sample.image] for sample in samples]
            sizes = sorted((one.size for one in checked if one.size),
                           key=lambda size: size[0] * size[1])
            ends = [f'{size[0]} x {size[1]}' for size in sizes[:1] +
                    sizes[-1:]] or ['', '']
            table.add_row([split, len(samples), self.published.get(split, ''),
                           self.targets(split),
                           sum(one.targets == 0 for one in checked), *ends])
        return str(table)

    def _formats(self) -> list[str]:
        lines = []
        for number, what in enumerate(('images', 'masks', 'mask values')):
            counter = Counter(one.formats[number]
                              for one in self.checked.values())
            counter.pop('', None)
            lines.append(f'{what}: ' + '; '.join(
                f'{count} of {kind}' for kind, count in counter.most_common()))
        return lines


def _listed(found: dict[str, list[str]]) -> list[str]:
    """Return every kind with its first entries, by line."""
    lines = []
    for kind, entries in found.items():
        lines.append(f'  {_HEADINGS[kind]} ({len(entries)}):')
        listing = first_few(entries, MOST_LISTED, '\n')
        lines += [f'    {line}' for line in listing.split('\n')]
    return lines
