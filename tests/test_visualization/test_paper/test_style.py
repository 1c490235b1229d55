import matplotlib
from matplotlib.figure import Figure

from projects.dstransnet.visualization.paper import (
    WIDTHS,
    paper_style,
    write_figures,
)


def test_fonts_are_embedded_and_files_repeat(tmp_path):
    before = matplotlib.rcParams['pdf.fonttype']
    contents = []
    for folder in ('one', 'two'):
        with paper_style():
            figure = Figure((WIDTHS[1], 1))
            figure.subplots().set_title('title $10^3$')
        paths = write_figures({'a': figure}, str(tmp_path / folder),
                              ['pdf', 'svg'])
        contents.append([open(path, 'rb').read() for path in paths])
    assert contents[0] == contents[1]
    pdf = contents[0][0]
    assert b'/FontFile2' in pdf and b'/Type3' not in pdf
    assert matplotlib.rcParams['pdf.fonttype'] == before
