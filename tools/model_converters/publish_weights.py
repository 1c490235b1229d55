#!/usr/bin/env python
"""Turn a training checkpoint into weights to publish.

    python tools/model_converters/publish_weights.py SRC DST.safetensors

Keeps the network's weights as float16 safetensors and what is needed to use
them. Beside them it writes
    DST.safetensors.sha256   their SHA-256, in the format of sha256sum
    DST.safetensors.csv      loss and metrics by epoch, if SRC lies in
                             the work folder of its training
"""
import argparse
from pathlib import Path

from projects.dstransnet import cli
from projects.dstransnet.checkpoint.reading import (
    check_destination,
    check_tensors,
    read_checkpoint,
    write_safetensors,
)
from projects.dstransnet.datasets import IRSTDDataset
from projects.dstransnet.evaluation.report.training_log import (
    read_training_log,
    training_log_csv,
)
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.utils.reading import file_digest

# Of the record of the run: no paths. The data are told by digests.
PUBLISHED = ('code', 'versions', 'hardware', 'seed', 'deterministic',
             'processes', 'data', 'data_sets')


def counter(meta: dict, name: str) -> int | None:
    """Return the epoch or iteration of a checkpoint, None if unknown."""
    value = meta.get(name)
    return value if type(value) is int else None


def write_log(src: Path, meta: dict, path: Path) -> None:
    """Write the log of a training up to the epoch of its checkpoint."""
    path.unlink(missing_ok=True)  # that of other weights
    last = counter(meta, 'epoch')
    try:
        log = read_training_log(
            src.parent, str(meta.get('experiment_name', '')))
    except InputError as error:
        print(f'no log: {error}')
        return
    if last is None:
        print(f'no log: {src} does not tell its epoch')
        return
    if last not in log:
        print(f'no log: {src} is of epoch {last}, the last epoch in '
              f'{src.parent} is {max(log)}')
        return
    kept = {epoch: log[epoch] for epoch in log if epoch <= last}
    path.write_text(training_log_csv(kept), encoding='utf-8')
    print(f'{path}: {len(kept)} epochs')


def main() -> None:
    parser = argparse.ArgumentParser(description='Publish weights')
    parser.add_argument('src', help='checkpoint of a training run')
    parser.add_argument('dst', type=Path, help='.safetensors file to write')
    cli.add_trust_argument(parser)
    args = parser.parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        check_destination(args.src, args.dst, '.safetensors')
        checkpoint = read_checkpoint(args.src, 'cpu')
        if 'state_dict' not in checkpoint:
            raise InputError(f'{args.src}: no state_dict in this checkpoint')
        check_tensors(checkpoint['state_dict'], args.src)
        if not checkpoint['state_dict']:
            raise InputError(f'{args.src}: no tensors in its state_dict')
        meta = checkpoint.get('meta', {})
        if not isinstance(meta, dict):
            raise InputError(f'{args.src}: expected meta as a table, got '
                             f'{type(meta).__name__}')
        record = meta.get('run_record')
        if not isinstance(record, dict):
            record = {}
        write_safetensors(
            str(args.dst), checkpoint['state_dict'],
            dict(
                dataset_meta=dict(IRSTDDataset.METAINFO),
                epoch=counter(meta, 'epoch'),
                iter=counter(meta, 'iter'),
                run_record={key: record[key] for key in PUBLISHED
                            if key in record}))
        digest = file_digest(args.dst)
        Path(f'{args.dst}.sha256').write_text(f'{digest}  {args.dst.name}\n')
        print(f'{args.dst}: {args.dst.stat().st_size:,} bytes, '
              f'sha256 {digest}')
        write_log(Path(args.src), meta, Path(f'{args.dst}.csv'))


if __name__ == '__main__':
    main()
