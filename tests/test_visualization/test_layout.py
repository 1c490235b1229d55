
from projects.dstransnet.visualization.layout import (
    LINE,
    MARGIN,
    caption,
    legend,
    text_width,
    wrap_text,
)


def test_lines_are_no_wider_than_asked_for():
    text = 'result: 19 hits, 1 missed, 3 false alarms'
    for width in range(text_width('missed,'), 800, 7):
        lines = wrap_text(text, width)
        assert ' '.join(lines) == text
        assert max(map(text_width, lines)) <= width or any(
            ' ' not in line for line in lines)
    assert len(wrap_text(text, text_width(text))) == 1
    assert len(wrap_text(text, text_width(text) - 1)) == 2


def test_a_long_word_widens_the_caption():
    word = 'radiometrically'
    block = caption(word, 20)
    assert block.shape[1] == text_width(word) + 2 * MARGIN
    # Nothing touches the border.
    assert (block[:, [0, -1]] == 255).all() and (block < 128).any()


def test_captions_have_the_lines_that_are_asked_for():
    assert caption('a', 100, num_lines=3).shape == (3 * LINE + MARGIN, 100, 3)
    assert caption('', 100).shape == (MARGIN, 100, 3)


def test_legends_break_into_lines():
    entries = [('hit', (1, 2, 3)), ('missed', (4, 5, 6)),
               ('false alarm', (7, 8, 9))]
    wide, narrow = legend(entries, 1000), legend(entries, 60)
    assert wide.shape == (LINE + MARGIN, 1000, 3)
    assert len(narrow) == 3 * LINE + MARGIN
    for block in (wide, narrow):
        for _, colour in entries:
            assert (block == colour).all(axis=-1).sum() == 16**2
        assert (block[:, -1] == 255).all()
