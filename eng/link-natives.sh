#!/usr/bin/env bash
# link-natives.sh DIR FILE…: puts files into a folder without copying them. libtorch has 480 MB, and a dozen output folders want it.
set -euo pipefail
readonly folder=$1
shift
mkdir -p -- "$folder"
for file in "$@"; do
    to=$folder/${file##*/}
    # A link to nothing would be found by the one who runs the program.
    [[ -e $file ]] || {
        echo "link-natives.sh : error : $file is missing; remove its package's folder, and the next build fetches it again" >&2
        exit 1
    }
    [[ $to -ef $file ]] && continue
    # A hard link outlives the package folder; it can't reach one on another file system, or another user's.
    ln -f -- "$file" "$to" 2>/dev/null || ln -sf -- "$file" "$to"
done
