"""Colours of plots."""

# Okabe and Ito's colours, which most kinds of colour vision tell apart, less
# their yellow, which is too pale on white.
LINE_COLOURS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00',
                '#56B4E9', '#000000')
GREY, LIGHT_GREY = '#888888', '#dddddd'
