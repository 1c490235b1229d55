"""The page: its parts, what they call, and the local server."""
from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..inference import Prediction
from ..utils.errors import InputError
from . import analysis

_AGE = 600  # seconds after which written files are deleted
_INTRODUCTION = """# Infrared small targets
Drop a frame of 8 or 16 bits or a short video, or choose a sample. Move the
threshold to see what is found. The file stays on this computer and is deleted
once it is read."""


def check_gradio() -> None:
    """Raise unless Gradio is installed.

    Raises:
        InputError: If it is not.
    """
    if importlib.util.find_spec('gradio') is None:
        raise InputError("web: needs packages that are not installed: pip "
                         "install 'dstransnet-mmseg[web]'")


def _gradio() -> Any:
    """Import Gradio, which then reports nothing."""
    check_gradio()
    os.environ.update(
        GRADIO_ANALYTICS_ENABLED='False', HF_HUB_DISABLE_TELEMETRY='1')
    import gradio
    return gradio


class _Folders:
    """New folders for files to download, of which the last ones are kept."""

    def __init__(self, most: int = 32) -> None:
        self.most = most
        self.folders: deque[str] = deque()

    def new(self) -> str:
        while len(self.folders) >= self.most:
            shutil.rmtree(self.folders.popleft(), ignore_errors=True)
        self.folders.append(
            tempfile.mkdtemp(dir=os.environ.get('GRADIO_TEMP_DIR')))
        return self.folders[-1]


_folders = _Folders()


def _shown(found: Sequence[Prediction], number: int,
           threshold: float) -> tuple:
    """Return what depends on frame and threshold."""
    prediction = analysis.at_threshold(found[int(number) - 1], threshold)
    return (prediction.plot(),
            analysis.zooms(prediction),
            analysis.rows_of(prediction.targets),
            *analysis.write_files(prediction, _folders.new()))


def _maps(found: Sequence[Prediction], number: int) -> tuple:
    """Return what depends on the frame alone."""
    prediction = found[int(number) - 1]
    return (analysis.score_map(prediction),
            analysis.surface(prediction.scores))


def _visibly(call: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of the page show wrong input in the browser."""

    @functools.wraps(call)
    def wrapped(*arguments: Any) -> Any:
        try:
            return call(*arguments)
        except InputError as error:
            raise _gradio().Error(str(error)) from error

    return wrapped


def build_page(samples: Mapping[str, str], most_frames: int = 32) -> Any:
    """Return the page.

    Args:
        samples (Mapping[str, str]): Paths of built-in images by name.
        most_frames (int): Frames of a video at most. Defaults to 32.

    Returns:
        gradio.Blocks: To launch.

    Raises:
        InputError: If Gradio is not installed.
    """
    gradio = _gradio()
    names = analysis.network_names()

    @_visibly
    def analyse(name: str, path: str | None, threshold: float) -> tuple:
        found = analysis.find_targets(name, path, most_frames)
        frame = gradio.Slider(
            1, max(len(found), 2), 1, step=1, visible=len(found) > 1)
        return (found, frame, *_maps(found, 1),
                *_shown(found, 1, threshold))

    def upload(name: str, path: str | None, threshold: float) -> tuple:
        if path is None:
            return (gradio.skip(), ) * len(results)
        try:
            return analyse(name, path, threshold)
        finally:
            Path(path).unlink(missing_ok=True)

    def choose(name: str, sample: str | None, threshold: float) -> tuple:
        if sample is None:
            return (gradio.skip(), ) * len(results)
        return analyse(name, samples[sample], threshold)

    def move(found: list[Prediction] | None, number: int,
             threshold: float) -> tuple:
        if not found:
            return (gradio.skip(), ) * len(changing)
        return _shown(found, number, threshold)

    def turn(found: list[Prediction] | None, number: int,
             threshold: float) -> tuple:
        if not found:
            return (gradio.skip(), ) * len(results[2:])
        return (*_maps(found, number),
                *_shown(found, number, threshold))

    # Without the one that shares pictures on a server elsewhere.
    buttons = ['fullscreen', 'download']

    def picture(label: str, height: int) -> Any:
        return gradio.Image(
            label=label, height=height, interactive=False, buttons=buttons,
            elem_id=label.lower())

    with gradio.Blocks(title='Infrared small targets',
                       analytics_enabled=False,
                       delete_cache=(_AGE, _AGE)) as page:
        state = gradio.State(None, time_to_live=_AGE)
        gradio.Markdown(_INTRODUCTION)
        with gradio.Row():
            with gradio.Column(scale=1):
                network = gradio.Dropdown(
                    names, value=names[0], label='Network',
                    info='for the next image or video', elem_id='network')
                file = gradio.File(
                    label='Image or video', type='filepath',
                    elem_id='upload')
                sample = gradio.Dropdown(
                    list(samples), value=None, label='Sample',
                    elem_id='sample')
                threshold = gradio.Slider(
                    0, 1, 0.5, step=0.01, label='Threshold',
                    elem_id='threshold')
                frame = gradio.Slider(
                    1, 2, 1, step=1, label='Frame', visible=False,
                    elem_id='frame')
                downloads = [
                    gradio.DownloadButton(label, elem_id=label.lower())
                    for label in ('Mask', 'CSV', 'JSON')]
            with gradio.Column(scale=3):
                overlay = picture('Overlay', height=560)
                with gradio.Row():
                    scores = picture('Scores', height=360)
                    surface = picture('Surface', height=360)
                # A label of its own would hide a part of the first target.
                gradio.Markdown('Zoomed targets: score at row, column')
                zoomed = gradio.Gallery(
                    show_label=False, columns=6, height=260,
                    fit_columns=False,
                    elem_id='zoomed', buttons=buttons)
                table = gradio.Dataframe(
                    headers=list(analysis.COLUMNS), label='Targets',
                    interactive=False, elem_id='table')
        changing = [overlay, zoomed, table, *downloads]
        results = [state, frame, scores, surface, *changing]
        # Both use the same detectors, one at a time.
        alone: dict[str, Any] = dict(
            concurrency_limit=1, concurrency_id='detector')
        file.upload(upload, [network, file, threshold], results, **alone)
        sample.input(choose, [network, sample, threshold], results, **alone)
        # What is shown is of one of the two.
        file.upload(lambda: None, None, sample)
        sample.input(lambda: None, None, file)
        threshold.change(move, [state, frame, threshold], changing,
                         show_progress='hidden', trigger_mode='always_last')
        frame.input(turn, [state, frame, threshold], results[2:],
                    show_progress='hidden', trigger_mode='always_last')
    return page


def serve_page(host: str = '127.0.0.1',
               port: int = 7860,
               *,
               data_root: str | os.PathLike = 'data/SIRST',
               most_megabytes: int = 64,
               most_frames: int = 32) -> None:
    """Serve the page until Ctrl-C.

    Uploads and results lie in a temporary folder of their own, which is
    deleted at the end.

    Args:
        host (str): Address to listen at. Defaults to this computer alone.
        port (int): Defaults to 7860.
        data_root (str | PathLike): Folder of the SIRST release, whose images
            become samples if it is there.
        most_megabytes (int): Largest upload in MB. Defaults to 64.
        most_frames (int): Frames of a video at most. Defaults to 32.

    Raises:
        InputError: If Gradio is not installed, or the port is taken.
    """
    gradio = _gradio()
    with tempfile.TemporaryDirectory(prefix='dstransnet-web') as folder:
        os.environ['GRADIO_TEMP_DIR'] = folder
        samples = analysis.write_samples(folder)
        samples.update(analysis.sirst_samples(data_root))
        page = build_page(samples, most_frames)
        # Fonts of the system: others come from servers elsewhere.
        theme = gradio.themes.Default(font='sans-serif',
                                      font_mono='monospace')
        try:
            page.launch(
                server_name=host, server_port=port, share=False, quiet=True,
                prevent_thread_lock=True, ssr_mode=False, theme=theme,
                enable_monitoring=False, footer_links=[],
                max_file_size=f'{most_megabytes}mb')
        except OSError as error:
            raise InputError(f'port: {port} at {host} cannot be used '
                             f'({error})') from error
        print(f'http://{host}:{port} shows the page; Ctrl-C ends it',
              flush=True)
        page.block_thread()
