import mmcv
import numpy as np
import pytest

from projects.dstransnet.evaluation import EvaluationResult
from projects.dstransnet.evaluation.report.evaluation_files import (
    EvaluationFiles,
)
from projects.dstransnet.utils.errors import InputError

SCORES = np.array([[0.2, 0.9]], np.float32)


def test_nothing_is_written_by_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = EvaluationFiles()
    files.write_prediction(None, SCORES, 0.5)
    files.check_names(['a/1.png', 'b/1.png'])
    files.write_result(EvaluationResult({}))
    assert list(tmp_path.iterdir()) == []


def test_scores_and_results_have_their_folders(tmp_path):
    files = EvaluationFiles(output_dir=str(tmp_path / 'masks'),
                            score_dir=str(tmp_path / 'scores'),
                            result_dir=str(tmp_path / 'result'),
                            image_root='data')
    files.write_prediction('data/day/1.png', SCORES, 0.5)
    mask = mmcv.imread(str(tmp_path / 'masks/day/1.png'), 'unchanged')
    assert mask.tolist() == [[0, 255]]
    assert np.load(tmp_path / 'scores/day/1.npy').tolist() == SCORES.tolist()
    files.write_result(EvaluationResult(dict(IoU=70.)))
    read = EvaluationResult.read(str(tmp_path / 'result'))
    assert read.metrics == dict(IoU=70.)


def test_images_of_all_processes_have_names_of_their_own(tmp_path):
    files = EvaluationFiles(output_dir=str(tmp_path))
    with pytest.raises(InputError, match='b/1.png'):
        files.check_names(['a/1.png', 'b/1.png'])
    with pytest.raises(InputError, match='no img_path'):
        files.write_prediction(None, SCORES, 0.5)
