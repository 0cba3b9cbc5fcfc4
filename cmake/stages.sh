#!/bin/bash
# Run every stage of a check, also those behind one that failed, and say at the end which ones
# failed.
#
#   cmake/stages.sh [--needed] NAME COMMAND [[--needed] NAME COMMAND…]
#
# COMMAND is a line for the shell. Nothing runs after a stage that is --needed has failed: the
# build, for one. The exit status is 1 if a stage failed or did not run.
set -uo pipefail
trap 'exit 130' INT

summary=()
status=0
stopped_by=
while [ $# -gt 0 ]; do
    needed=
    if [ "$1" = --needed ]; then
        needed=yes
        shift
    fi
    name=$1 command=$2
    shift 2
    if [ "$stopped_by" ]; then
        summary+=("not run  $name (needs: $stopped_by)")
        continue
    fi
    echo "==> $name"
    start=$SECONDS
    if bash -c "$command"; then
        result="ok     "
    else
        result="FAILED "
        status=1
        [ -z "$needed" ] || stopped_by=$name
    fi
    summary+=("$result  $name ($((SECONDS - start)) s)")
done

echo
printf '%s\n' "${summary[@]}"
exit $status
