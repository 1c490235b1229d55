#!/usr/bin/env python
"""Make masks of boxes, points and polygons.

    python tools/dataset_converters/labels_to_masks.py FORMAT IMAGES LABELS DST
        [--category NAME ...] [--share S] [--reach PIXELS] [--snap PIXELS]
        [--whole]

FORMAT and LABELS:
    coco       JSON file: polygons, run lengths, boxes or keypoints
    voc        folder of XML files: boxes
    yolo       folder of text files: boxes or polygons
    labelme    folder of JSON files: points, rectangles and polygons
    points     CSV file with the columns image, x, y

A box or point becomes the pixels that grow from its brightest one down to a
local threshold, within the box, or within --reach of the point. DST gets:
    DST/masks/NAME.png        0 and 255; empty for images without labels
    DST/contact_sheet.png     some of the images, targets numbered
"""
import argparse

from projects.dstransnet import cli
from projects.dstransnet.datasets.checking.layout_writer import (
    check_destination,
    new_folder,
)
from projects.dstransnet.datasets.labels import (
    FORMATS,
    ImageIndex,
    LocalThreshold,
    read_labels,
    write_masks,
)
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.visualization.samples import write_label_sheet


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Make masks of labels')
    parser.add_argument('format', choices=FORMATS, metavar='FORMAT',
                        help=', '.join(FORMATS))
    parser.add_argument('images', metavar='IMAGES', help='folder of images')
    parser.add_argument('labels', metavar='LABELS', help='file or folder')
    parser.add_argument('dst', metavar='DST',
                        help='folder to write to, empty or not there')
    parser.add_argument('--category', nargs='+', metavar='NAME',
                        help='labels to use; default: all')
    parser.add_argument('--share', type=float,
                        help='the threshold is this part of the way from the '
                        'background to the brightest pixel; default: 0.3')
    parser.add_argument('--reach', type=int, metavar='PIXELS',
                        help='of a target from its point; default: 8')
    parser.add_argument('--snap', type=int, metavar='PIXELS',
                        help='from a point to the brightest pixel; default: 2')
    parser.add_argument('--whole', action='store_true',
                        help='take the whole box, or the pixel of the point')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        stated = {name: value for name in ('share', 'reach', 'snap')
                  if (value := getattr(args, name)) is not None}
        if args.whole and stated:
            raise InputError(f'--whole: has no effect with --{min(stated)}; '
                             'state one of them')
        try:
            rule = LocalThreshold(**stated)
        except ValueError as error:
            raise InputError(f'--{error}') from error
        check_destination(args.dst)
        images = ImageIndex(args.images)
        labels = read_labels(args.format, args.labels, images, args.category)
        with new_folder(args.dst) as folder:
            masks = f'{folder}/masks'
            report = write_masks(images, labels, masks,
                                 None if args.whole else rule)
            write_label_sheet(f'{folder}/contact_sheet.png', images, masks)
        print(f'{report}\nWritten to {args.dst}')


if __name__ == '__main__':
    main()
