#!/usr/bin/env bash
# Train under Slurm.
#
#   tools/slurm_train.sh PARTITION JOB_NAME CONFIG [arguments of train.py]
#
# Environment: GPUS (4), GPUS_PER_NODE (4), CPUS_PER_TASK (5), SRUN_ARGS,
# MASTER_PORT (29500; another one for each job that shares a node).
exec "$(dirname "$0")/slurm_launch.sh" train.py "$@"
