"""Imports mmseg without its messages about optional packages.

mmcv-lite warns that it lacks compiled operators, which nothing here needs, and
mmseg prints the names of packages that are not installed.
"""
import contextlib
import io
import warnings

with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
    warnings.filterwarnings('ignore', 'Fail to import', UserWarning)
    import mmseg.datasets
    import mmseg.models  # noqa: F401
