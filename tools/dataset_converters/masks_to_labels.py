#!/usr/bin/env python
"""Make COCO or YOLO labels of masks.

    python tools/dataset_converters/masks_to_labels.py FORMAT IMAGES MASKS DST
        [--mask-suffix END] [--mask-threshold T]

Each connected component of a mask, over 8 neighbours, is a label of the
category target. DST gets:
    DST/annotations.json                  coco: boxes and run lengths
    DST/labels/NAME.txt, DST/classes.txt  yolo: boxes
    DST/contact_sheet.png                 some of the images, targets numbered
"""
import argparse

from projects.dstransnet import cli
from projects.dstransnet.datasets.checking.layout_writer import new_folder
from projects.dstransnet.datasets.labels import (
    LABEL_WRITERS,
    ImageIndex,
    mask_targets,
)
from projects.dstransnet.visualization.samples import write_label_sheet


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Make labels of masks')
    parser.add_argument('format', choices=LABEL_WRITERS, metavar='FORMAT',
                        help=', '.join(LABEL_WRITERS))
    parser.add_argument('images', metavar='IMAGES', help='folder of images')
    parser.add_argument('masks', metavar='MASKS', help='folder of masks')
    parser.add_argument('dst', metavar='DST',
                        help='folder to write to, empty or not there')
    parser.add_argument('--mask-suffix', default='', metavar='END',
                        help='end of the names of masks, such as _pixels0')
    parser.add_argument('--mask-threshold', type=int, metavar='T',
                        help='a pixel of a grey mask is target above it')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        masks = args.masks, args.mask_suffix, args.mask_threshold
        with new_folder(args.dst) as folder:
            images = ImageIndex(args.images)
            count = LABEL_WRITERS[args.format](
                images, mask_targets(images, *masks), folder)
            write_label_sheet(f'{folder}/contact_sheet.png', images, *masks)
        print(f'{len(images.names)} images, {count} targets\n'
              f'Written to {args.dst}')


if __name__ == '__main__':
    main()
