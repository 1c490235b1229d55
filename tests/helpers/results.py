"""Results of evaluations by the published rules."""
from projects.dstransnet.evaluation import EvaluationResult


def result(metrics, num_images=2, **settings) -> EvaluationResult:
    rules = dict(threshold=0.5, distance=3, match='centroid', connectivity=8,
                 nIoU_empty='zero', bootstrap=0)
    return EvaluationResult(
        metrics, settings=rules | settings, num_images=num_images)
