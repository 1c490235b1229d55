#!/usr/bin/env bash
# Train on several GPUs, or on several CPU processes where there is no GPU.
#
#   tools/dist_train.sh CONFIG GPUS [arguments of tools/train.py]
#
# Environment: GPUS (processes a node, where the second argument is left out),
# NNODES (1), NODE_RANK (0), MASTER_ADDR (127.0.0.1), PORT (29500),
# DSTRANSNET_JOIN_LIMIT (600; seconds to wait for processes on CPUs to start).
exec "$(dirname "$0")/dist_launch.sh" train.py "$@"
