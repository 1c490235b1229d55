"""Commands: each module has ``parse_args`` and ``main``.

The console command ``dstransnet`` and the tools of the repository call them.
"""
