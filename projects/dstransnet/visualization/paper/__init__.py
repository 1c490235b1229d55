"""Figures for papers: sizes of columns, embedded fonts, vector graphics."""
from .breakdowns import draw_difficulty, draw_errors
from .charts import CostPoint, draw_bubbles, draw_froc, draw_roc
from .feature_grid import draw_feature_grid
from .grid import draw_grid
from .scenes import Scene, load_scenes
from .style import FORMATS, WIDTHS, paper_style, write_figures
from .surfaces import draw_surfaces

__all__ = [
    'CostPoint', 'FORMATS', 'Scene', 'WIDTHS', 'draw_bubbles',
    'draw_difficulty', 'draw_errors', 'draw_feature_grid', 'draw_froc',
    'draw_grid', 'draw_roc', 'draw_surfaces', 'load_scenes', 'paper_style',
    'write_figures'
]
