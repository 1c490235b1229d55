"""A page in the browser to try networks on own frames."""
from .page import build_page, check_gradio, serve_page

__all__ = ['build_page', 'check_gradio', 'serve_page']
