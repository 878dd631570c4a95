#!/usr/bin/env bash
# timed.sh NAME COMMAND... - run the command. Into the file CI_TIMES, if that is set, goes how many seconds it took.
set -euo pipefail
name=$1
shift
[ -n "${CI_TIMES:-}" ] || exec "$@"
status=0
"$@" || status=$?
echo "$name $SECONDS" >>"$CI_TIMES"
exit $status
