#!/usr/bin/env bash
# Shared by slurm_train.sh and slurm_test.sh: run a tool under Slurm.
#
#   tools/slurm_launch.sh SCRIPT PARTITION JOB_NAME POSITIONAL... [options]
set -euo pipefail
TOOLS="$(cd "$(dirname "$0")" && pwd)"
SCRIPT=$1
shift

case "$SCRIPT" in
train.py) NEEDED=3 USAGE='tools/slurm_train.sh PARTITION JOB_NAME CONFIG' ;;
test.py) NEEDED=3 USAGE='tools/slurm_test.sh PARTITION JOB_NAME CONFIG [CHECKPOINT]' ;;
*) echo "error: unknown script $SCRIPT" >&2 && exit 2 ;;
esac
if [ $# -lt "$NEEDED" ]; then
    echo "usage: $USAGE [options]" >&2
    exit 2
fi
# Classical detectors and names of shipped weights need no CHECKPOINT.
if [[ $SCRIPT == test.py && -n "${4:-}" && "$4" != -* ]]; then
    NEEDED=4
fi
PARTITION=$1
JOB_NAME=$2
shift 2
POSITIONAL=("${@:1:$((NEEDED - 2))}")
shift $((NEEDED - 2))
GPUS=${GPUS:-4}
GPUS_PER_NODE=${GPUS_PER_NODE:-4}
for NAME in GPUS GPUS_PER_NODE; do
    if ! [[ "${!NAME}" =~ ^[1-9][0-9]*$ ]]; then
        echo "error: $NAME: expected a number of 1 or more, got ${!NAME}" >&2
        exit 2
    fi
done
[ "$GPUS_PER_NODE" -le "$GPUS" ] || GPUS_PER_NODE=$GPUS

# SRUN_ARGS holds several words on purpose; options keep their spaces.
# shellcheck disable=SC2086
exec srun -p "$PARTITION" \
    --job-name="$JOB_NAME" \
    --gres="gpu:$GPUS_PER_NODE" \
    --ntasks="$GPUS" \
    --ntasks-per-node="$GPUS_PER_NODE" \
    --cpus-per-task="${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 \
    ${SRUN_ARGS:-} \
    "${PYTHON:-python}" -u "$TOOLS/$SCRIPT" \
    "${POSITIONAL[@]}" --launcher=slurm "$@"
