"""The page in headless Chromium: load, upload, move, download."""
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from helpers.tiny_project import ROOT, environment

from projects.dstransnet.datasets import SceneConfig, synthesize_scene
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.web import check_gradio

MISSING = [name for name in ('gradio', 'selenium')
           if importlib.util.find_spec(name) is None]
MISSING += [name for name in ('chromium', 'chromedriver')
            if shutil.which(name) is None]


@pytest.fixture
def server(tmp_path):
    """The address of a page that is served, and its temporary folder."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, '-c', 'from projects.dstransnet.cli.main import '
         'main; main()', 'web', '--port', str(port), '--data-root', 'none'],
        cwd=ROOT, env=environment(TMPDIR=str(tmp_path)), text=True,
        stdout=subprocess.PIPE)
    assert '127.0.0.1' in process.stdout.readline()
    yield f'http://127.0.0.1:{port}'
    process.send_signal(signal.SIGINT)
    process.wait(60)
    assert not list(tmp_path.glob('dstransnet-web*'))


@pytest.fixture
def browser(tmp_path):
    from selenium import webdriver
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which('chromium')
    for argument in ('--headless=new', '--no-sandbox',
                     '--disable-dev-shm-usage', '--window-size=1400,1750'):
        options.add_argument(argument)
    (tmp_path / 'downloads').mkdir()
    options.add_experimental_option('prefs', {
        'download.default_directory': str(tmp_path / 'downloads')})
    driver = webdriver.Chrome(options, webdriver.ChromeService(
        shutil.which('chromedriver')))
    yield driver
    driver.quit()


@pytest.mark.slow
@pytest.mark.skipif(bool(MISSING),
                    reason=f'not installed: {", ".join(MISSING)}')
def test_upload_move_and_download(server, browser, tmp_path):
    from selenium.webdriver.common.keys import Keys

    def element(selector):
        return eventually(lambda: browser.find_element(
            'css selector', selector))

    def picture():
        return element('#overlay img').get_attribute('src')

    scene = synthesize_scene(SceneConfig(), seed=0, index=0)
    path = tmp_path / 'frame.tif'
    cv2.imwrite(str(path), scene.image.astype(np.uint16) * 20)

    browser.get(server)
    def choose(selector, words):
        box = element(selector)
        box.click()
        box.send_keys(Keys.CONTROL, 'a')
        box.send_keys(words, Keys.ENTER)

    choose('#network input', 'top-hat')
    element('#upload input[type=file]').send_keys(str(path))
    before = eventually(picture)
    assert eventually(lambda: element('#surface img').size['width'] > 100)
    assert eventually(lambda: browser.find_elements(
        'css selector', '#zoomed img'))

    choose('#threshold input[type=number]', '0.95')
    assert eventually(lambda: picture() != before)

    element('#csv').click()
    table = eventually(lambda: next(
        (tmp_path / 'downloads').glob('*.csv'), None))
    assert table.read_text().startswith('score,x1,y1,x2,y2,row,column')
    if folder := os.environ.get('DSTRANSNET_SCREENSHOTS'):
        choose('#threshold input[type=number]', '0.5')
        choose('#network input', 'dstransnet-r_sirst-nudt-sirst')
        before = picture()
        choose('#sample input', 'generated scene 3')
        assert eventually(lambda: picture() != before)
        time.sleep(3)  # until it is fully drawn
        browser.save_screenshot(f'{folder}/web.png')
    # Uploads are deleted once they are read.
    assert not list(tmp_path.glob('dstransnet-web*/**/frame.tif'))


def eventually(look, seconds=240):
    """Return what ``look`` finds as soon as it finds something."""
    from selenium.common.exceptions import WebDriverException
    end = time.monotonic() + seconds
    while True:
        try:
            found = look()
        except WebDriverException:
            found = None
        if found or time.monotonic() > end:
            assert found
            return found
        time.sleep(0.2)


def test_without_gradio(monkeypatch):
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(InputError, match=r'dstransnet-mmseg\[web\]'):
        check_gradio()
