"""The protocol of the results in a table, in one line."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .comparability import Results, grouped
from .evaluation_result import EvaluationResult

FA_DEFINITION = ('Fa: area of components that match no target, less those '
                 'whose area equals that of a match in the same image, over '
                 'all pixels')


def protocol_note(results: Results) -> str:
    """State how the results of a table were found.

    The note names the split, the number of images, the size of the input, the
    choice of the weights, the number of seeds, the rule that turns scores
    into masks, the rule of matching and the definition of Fa. Where runs
    differ, each value has the names of its runs.

    Args:
        results (Mapping[str, EvaluationResult]): Name and result of each run.
            Entries ``split``, ``input_size``, ``weights`` and ``seeds`` of
            the settings are shown if given.

    Returns:
        str: The note; '' without results.

    Examples:
        >>> result = EvaluationResult(
        ...     {}, settings=dict(threshold=0.5, weights='best epoch'))
        >>> print(protocol_note({'a': result})[:71])
        Protocol: split: not stated; images: 0; input: not stated; weights: bes
    """
    if not results:
        return ''
    facts: dict[str, str | Callable[[EvaluationResult], Any]] = dict(
        split='split', images=lambda result: result.num_images,
        input='input_size', weights='weights', seeds='seeds',
        threshold=_threshold_rule, matching=_matching_rule)
    parts = []
    for words, source in facts.items():
        values = {
            name: source(result) if callable(source)
            else result.settings.get(source) or 'not stated'
            for name, result in results.items()
        }
        parts.append(f'{words}: {grouped(values)}')
    return f'Protocol: {"; ".join(parts)}; {FA_DEFINITION}.'


def _threshold_rule(result: EvaluationResult) -> str:
    threshold = result.settings.get('threshold')
    return 'not stated' if threshold is None \
        else f'fixed, score > {threshold:g}'


def _matching_rule(result: EvaluationResult) -> str:
    found: dict[str, Any] = result.settings
    if 'match' not in found:
        return 'not stated'
    near = f' nearer than {found["distance"]:g} pixels' \
        if found['match'] == 'centroid' and 'distance' in found else ''
    return (f'{found["match"]}{near}, '
            f'{found.get("connectivity", 8)}-connected')
