from projects.dstransnet.evaluation import EvaluationProtocol, EvaluationResult
from projects.dstransnet.evaluation.report import protocol_note


def result(**facts):
    settings = EvaluationProtocol(threshold=0.3).settings()
    return EvaluationResult({}, settings={**settings, **facts}, num_images=86)


def test_shared_values_stand_alone_and_others_have_names():
    note = protocol_note(dict(
        a=result(input_size='64 x 64', seeds=3, split='test'),
        b=result(input_size='32 x 32', seeds=3, split='test')))
    assert 'split: test; images: 86; input: 64 x 64 (a), 32 x 32 (b); ' \
        in note
    assert 'seeds: 3; threshold: fixed, score > 0.3; matching: centroid ' \
        'nearer than 3 pixels, 8-connected; Fa: ' in note


def test_a_matching_rule_without_distance():
    assert 'matching: overlap, 4-connected' in protocol_note(
        dict(a=result(match='overlap', connectivity=4)))


def test_what_is_unknown_is_not_stated():
    note = protocol_note(dict(a=EvaluationResult({})))
    assert note.count('not stated') == 6
