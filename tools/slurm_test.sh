#!/usr/bin/env bash
# Evaluate under Slurm.
#
#   tools/slurm_test.sh PARTITION JOB_NAME CONFIG [CHECKPOINT] [arguments of
#       test.py]
#
# Environment: see slurm_train.sh.
exec "$(dirname "$0")/slurm_launch.sh" test.py "$@"
