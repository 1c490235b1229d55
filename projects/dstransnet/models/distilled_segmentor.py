"""Segmentor that learns from a larger one."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from mmseg.models import EncoderDecoder
from mmseg.registry import MODELS
from mmseg.utils import SampleList
from torch import Tensor, nn

from ..checkpoint.reading import read_checkpoint
from ..utils.errors import InputError
from .layers import module_outputs
from .losses.distillation_losses import DistillationLoss
from .official_weights import check_weights

PROBE_SIZE = (128, 128)  # where the data preprocessor states no size


@MODELS.register_module()
class DistilledEncoderDecoder(EncoderDecoder):
    """``EncoderDecoder`` whose training has losses against a teacher.

    The teacher gets the student's batches, in evaluation mode and without
    gradients. It is no part of the student's weights: checkpoints hold the
    student and the adapters, and a test needs no weights of the teacher.

    Args:
        teacher (dict): Config of any segmentor. Its data preprocessor is not
            used.
        distillation (Sequence[dict]): Configs of the losses between the two,
            such as ``TOMDLoss``.
        teacher_checkpoint (str, optional): Weights of the teacher, needed to
            train. Defaults to None.
        **student: Arguments of ``EncoderDecoder``.

    Raises:
        InputError: If student or teacher has no module of a name in the
            losses, or there are no weights of the teacher when the training
            starts.
    """

    teacher: nn.Module
    distillation: Any

    def __init__(self, teacher: dict, distillation: Sequence[dict],
                 teacher_checkpoint: str | None = None,
                 **student: Any) -> None:
        super().__init__(**student)
        self.distillation = nn.ModuleList(map(MODELS.build, distillation))
        self.teacher_checkpoint = teacher_checkpoint
        self._has_teacher_weights = False
        # Past nn.Module, which would take it for a part of the student.
        self.__dict__['teacher'] = MODELS.build(
            teacher).requires_grad_(False).eval()
        self._build_adapters()

    def _pairs(self, role: int) -> list[str]:
        """Return the names in all losses, of the student (0) or teacher (1).
        """
        return [pair[role] for loss in self.distillation
                for pair in loss.pairs]

    @torch.no_grad()
    def _build_adapters(self) -> None:
        """Give each adapter the widths of the modules that it connects."""
        preprocessor: Any = self.data_preprocessor
        channels = (len(preprocessor.mean)
                    if getattr(preprocessor, '_enable_normalize', False)
                    else 3)
        size = getattr(preprocessor, 'size', None) or PROBE_SIZE
        images = torch.zeros(1, channels, *size)
        training = self.training
        with module_outputs(self.eval(), self._pairs(0)) as students, \
                module_outputs(self.teacher, self._pairs(1)) as teachers:
            self(images, mode='tensor')
            self.teacher(images, mode='tensor')
        self.train(training)
        for names, found in ((self._pairs(0), students),
                             (self._pairs(1), teachers)):
            missing = [name for name in names if name not in found]
            if missing:
                raise InputError('distillation: expected modules that run at '
                                 f'inference, got {", ".join(missing)}')
            several = [name for name in names
                       if not isinstance(found[name], Tensor)]
            if several:
                raise InputError(
                    'distillation: expected modules with one output, or one '
                    "of several such as 'neck[1]', got "
                    f'{", ".join(several)}')
        for loss in self.distillation:
            if loss.has_adapters:
                loss.build_adapters([
                    (students[student].shape[1], teachers[teacher].shape[1])
                    for student, teacher in loss.pairs])

    def _apply(self, fn: Callable, recurse: bool = True) -> nn.Module:
        """Move or convert the teacher along with the student."""
        self.teacher._apply(fn, recurse)
        return super()._apply(fn, recurse)

    def init_weights(self) -> None:
        """Initialise the student and read the weights of the teacher."""
        super().init_weights()
        self._read_teacher()

    def _read_teacher(self) -> None:
        if self._has_teacher_weights:
            return
        path = self.teacher_checkpoint
        if path is None:
            raise InputError('model.teacher_checkpoint: expected the file of '
                             "the teacher's weights, got none")
        content = read_checkpoint(path, map_location='cpu')
        state = content.get('state_dict', content)
        self.teacher.load_state_dict(
            check_weights(state, self.teacher, path))
        self._has_teacher_weights = True

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict:
        """Return the losses of the student and those against the teacher.

        Args:
            inputs (Tensor): Normalised images (N, C, H, W).
            data_samples (list[SegDataSample]): Ground truth.
        """
        self._read_teacher()
        with module_outputs(self, self._pairs(0)) as students:
            losses = super().loss(inputs, data_samples)
        active = [loss for loss in self.distillation if loss.active]
        with torch.no_grad(), \
                module_outputs(self.teacher, self._pairs(1)) as teachers:
            if active:
                self.teacher(inputs, mode='tensor')
        label = torch.stack([
            sample.gt_sem_seg.data for sample in data_samples]).squeeze(1)
        for loss in self.distillation:
            assert isinstance(loss, DistillationLoss)
            value = loss([
                (students[student], teachers[teacher])
                for student, teacher in loss.pairs
            ], label) if loss in active else loss.zero(label)
            # Two losses of a class share their name.
            losses[loss.loss_name] = losses.get(loss.loss_name, 0) + value
        return losses
