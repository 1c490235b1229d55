"""Serve a page to try networks in the browser."""
from __future__ import annotations

import argparse

from ... import cli
from ...utils.errors import InputError


def parse_args() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = cli.ToolParser(
        description='Serve a page to try networks in the browser',
        examples=['dstransnet web', 'dstransnet web --port 8080'])
    parser.add_argument('--host', default='127.0.0.1',
                        help='address to listen at; default: 127.0.0.1, '
                        'which only this computer reaches')
    parser.add_argument('--port', type=cli.at_least(1), default=7860,
                        help='default: 7860')
    parser.add_argument('--data-root', default='data/SIRST', metavar='DIR',
                        help='the SIRST release, whose images become samples '
                        'if it is there; default: data/SIRST')
    parser.add_argument('--max-size', type=cli.at_least(1), default=64,
                        metavar='MB', help='largest upload; default: 64')
    parser.add_argument('--max-frames', type=cli.at_least(1), default=32,
                        metavar='N',
                        help='frames of a video at most; default: 32')
    return parser.parse_args()


def main() -> None:
    """Serve the page until Ctrl-C."""
    args = parse_args()
    with cli.one_line_errors():
        if args.port > 65535:
            raise InputError(f'--port: expected at most 65535, got '
                             f'{args.port}')
        from ...web import check_gradio, serve_page
        check_gradio()
        serve_page(args.host, args.port, data_root=args.data_root,
                   most_megabytes=args.max_size, most_frames=args.max_frames)
