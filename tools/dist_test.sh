#!/usr/bin/env bash
# Evaluate on several GPUs, or on several CPU processes.
#
#   tools/dist_test.sh CONFIG [CHECKPOINT] GPUS [arguments of tools/test.py]
#
# Environment: see dist_train.sh.
exec "$(dirname "$0")/dist_launch.sh" test.py "$@"
