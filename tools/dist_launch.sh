#!/usr/bin/env bash
# Shared by dist_train.sh and dist_test.sh: run a tool under torchrun.
#
#   tools/dist_launch.sh SCRIPT POSITIONAL... [GPUS] [options]
set -euo pipefail
TOOLS="$(cd "$(dirname "$0")" && pwd)"
SCRIPT=$1
shift

case "$SCRIPT" in
train.py) NEEDED=1 USAGE='tools/dist_train.sh CONFIG GPUS [options]' ;;
test.py) NEEDED=1 USAGE='tools/dist_test.sh CONFIG [CHECKPOINT] GPUS [options]' ;;
*) echo "error: unknown script $SCRIPT" >&2 && exit 2 ;;
esac
if [ $# -lt "$NEEDED" ]; then
    echo "usage: $USAGE" >&2
    exit 2
fi
# Classical detectors and names of shipped weights need no CHECKPOINT.
if [[ $SCRIPT == test.py && -n "${2:-}" && ! "$2" =~ ^([0-9]+$|-) ]]; then
    NEEDED=2
fi
POSITIONAL=("${@:1:$NEEDED}")
shift "$NEEDED"
if [[ "${1:-}" =~ ^[0-9]+$ ]]; then
    GPUS=$1
    shift
fi
GPUS=${GPUS:-1}
if ! [[ "$GPUS" =~ ^[1-9][0-9]*$ ]]; then
    echo "error: GPUS: expected a number of 1 or more, got $GPUS" >&2
    exit 2
fi
# Processes on CPUs share the cores; torchrun alone would give each one thread.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$(($(nproc) > GPUS ? $(nproc) / GPUS : 1))}

exec "${PYTHON:-python}" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --nproc_per_node="$GPUS" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    "$TOOLS/$SCRIPT" "${POSITIONAL[@]}" --launcher pytorch "$@"
