#!/usr/bin/env bash
# One stage of a long training, on a machine that is at hand for minutes only.
#
#   tools/train_stage.sh CONFIG WORK_DIR MINUTES [options of tools/train.py]
#
# Continues from WORK_DIR, or, on a new machine, from WORK_DIR/carry alone. An
# epoch that the end of the stage cuts off is trained again in the next one.
# WORK_DIR/carry holds the logs, and a checkpoint in parts of 15 MiB: before the
# last stage the state of the training, after it the best weights that the last
# machine has validated, or else the last ones. Further stages do nothing.
set -euo pipefail
TOOLS="$(cd "$(dirname "$0")" && pwd)"
if [ $# -lt 3 ]; then
    echo "usage: tools/train_stage.sh CONFIG WORK_DIR MINUTES [options]" >&2
    exit 2
fi
CONFIG=$1 WORK_DIR=$2 MINUTES=$3
shift 3
PYTHON=${PYTHON:-python}
CARRY="$WORK_DIR/carry"
NEW="$WORK_DIR/carry.new"
# A stage that was killed while it replaced what carry holds had all of it.
if [ ! -e "$CARRY" ] && [ -e "$CARRY.old" ]; then
    mv "$NEW" "$CARRY"
fi
rm -rf "$NEW" "$CARRY.old"
mkdir -p "$CARRY"

for KIND in best last; do
    if [ -e "$CARRY/$KIND.safetensors.00" ]; then
        echo "the training is finished: $CARRY holds the $KIND weights"
        exit 0
    fi
done
if [ -e "$CARRY/logs.tgz" ]; then
    tar --extract --gzip --skip-old-files --file "$CARRY/logs.tgz" \
        --directory "$WORK_DIR"
fi
FIRST=$(find "$CARRY" -name '*.pth.00')
if [ ! -e "$WORK_DIR/last_checkpoint" ] && [ -n "$FIRST" ]; then
    cat "${FIRST%.00}".* >"$WORK_DIR/$(basename "${FIRST%.00}")"
fi

ENDED=0
timeout --signal=INT "${MINUTES}m" "$PYTHON" "$TOOLS/train.py" "$CONFIG" \
    --work-dir "$WORK_DIR" --resume "$@" || ENDED=$?
if [ "$ENDED" = 0 ]; then
    SRC=$(find "$WORK_DIR" -maxdepth 1 -name 'best_irstd_IoU_*.pth')
    NAME=best.safetensors
    CONVERT=publish_weights.py
    if [ -z "$SRC" ]; then
        echo "no best weights by IoU in $WORK_DIR: the last ones are taken"
        SRC="$WORK_DIR/$(basename "$(cat "$WORK_DIR/last_checkpoint")")"
        NAME=last.safetensors
    fi
elif [ "$ENDED" = 124 ] && [ -e "$WORK_DIR/last_checkpoint" ]; then
    NAME=$(basename "$(cat "$WORK_DIR/last_checkpoint")")
    SRC="$WORK_DIR/$NAME"
    CONVERT=shrink_checkpoint.py
else
    exit "$ENDED"
fi

# What carry holds goes once all of the new is there.
mkdir "$NEW"
"$PYTHON" "$TOOLS/model_converters/$CONVERT" "$SRC" "$NEW/$NAME"
split --bytes=15M --numeric-suffixes "$NEW/$NAME" "$NEW/$NAME."
rm "$NEW/$NAME"
(cd "$WORK_DIR" && find . -name '*.log' -o -name 'scalars.json' \
    -o -name 'run_record.json' | tar --create --gzip \
    --file carry.new/logs.tgz --files-from -)
mv "$CARRY" "$CARRY.old"
mv "$NEW" "$CARRY"
rm -r "$CARRY.old"
