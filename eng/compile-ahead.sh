#!/usr/bin/env bash
# compile-ahead.sh CROSSGEN REFERENCES.rsp CACHE {FILE COMPILED}…: compiles assemblies to machine code (ReadyToRun), each once for all
# projects and builds.
set -euo pipefail
readonly crossgen=$1 references=$2 cache=$3
shift 3
mkdir -p -- "$cache"
# Projects that are built side by side want the same ones.
exec 9>"$cache/lock"
flock 9
while (($# > 0)); do
    file=$1 to=$2
    shift 2
    [[ -e $to ]] && continue
    mkdir -p -- "${to%/*}"
    # What can't be compiled here is taken as it is: it only starts more slowly.
    "$crossgen" "$file" -o "$to.new" -O --targetos linux --targetarch x64 "@$references" >"$to.log" 2>&1 9>&- || cp -- "$file" "$to.new"
    mv -f -- "$to.new" "$to"
done
