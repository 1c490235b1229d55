#!/usr/bin/env python
"""Delete the compiled forms of deployed networks from the disk cache.

    python tools/deployment/clear_cache.py

The cache lies in ~/.cache/dstransnet/compiled, or in the folder that the
environment variable DSTRANSNET_COMPILED_CACHE names.
"""
import argparse

from projects.dstransnet.deployment.compiled_cache import (
    cache_folder,
    clear_compiled_cache,
)


def main() -> None:
    argparse.ArgumentParser(
        description='Delete compiled networks from the disk cache'
    ).parse_args()
    number, size = clear_compiled_cache()
    print(f'{cache_folder()}: {number} compiled networks deleted '
          f'({size / 2**20:.1f} MiB)')


if __name__ == '__main__':
    main()
