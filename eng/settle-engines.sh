#!/usr/bin/env bash
# Settles where Akka.NET and TorchSharp come from, each by itself: from packages where a probe restores from this
# machine's package sources, else from embedded/. Writes Engines.props, which every project imports, and says what was
# taken. Does nothing where that file is there; delete it to settle anew.
#
#   eng/settle-engines.sh [-p:NAME=VALUE…]   the properties (AkkaVersion, RestoreAdditionalProjectSources, …) are the
#                                            build's; -p:AkkaFrom=packages|embedded and -p:TorchFrom=… skip a probe
#   AKKA_FROM=…  TORCH_FROM=…  TORCH_FLAVOR=cpu|cuda-linux
#                                            the same, and settled anew where Engines.props says otherwise
#   eng/settle-engines.sh --check            exits 1 with a sentence if what was settled cannot be compiled here
set -euo pipefail
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
# shellcheck source=eng/prerequisites.sh
source eng/prerequisites.sh

readonly file=Engines.props

settled() { sed -n "s:.*<$1 [^>]*>\([a-z-]*\)</$1>.*:\1:p" "$file" 2>/dev/null || true; }

if [[ ${1:-} == --check ]]; then
    [[ $(settled TorchFrom) == embedded ]] || exit 0
    problem=$(missing_to_compile)
    [[ -z $problem ]] || { echo "$problem" >&2; exit 1; }
    exit 0
fi

akka=${AKKA_FROM:-$(settled AkkaFrom)}
torch=${TORCH_FROM:-$(settled TorchFrom)}
flavor=${TORCH_FLAVOR:-$(settled TorchFlavor)}
if [[ -e $file && $akka == "$(settled AkkaFrom)" && $torch == "$(settled TorchFrom)" && $flavor == "$(settled TorchFlavor)" ]]; then
    exit 0
fi
# The package of another flavour may be there where this one's was not.
if [[ -z ${TORCH_FROM:-} && $flavor != "$(settled TorchFlavor)" ]]; then torch=''; fi

properties=()
for argument in "$@"; do
    case $argument in
        -p:*=) ;; # MSBuild takes an empty value for a given one
        -p:AkkaFrom=*) akka=${akka:-${argument#*=}} ;;
        -p:TorchFrom=*) torch=${torch:-${argument#*=}} ;;
        -p:TorchFlavor=*) flavor=${flavor:-${argument#*=}} ;;
        -p:*=*) properties+=("${argument//;/%3B}") ;;
        *) echo "eng/settle-engines.sh: $argument: give -p:NAME=VALUE" >&2; exit 2 ;;
    esac
done
for from in "$akka" "$torch"; do
    [[ $from == @(|packages|embedded) ]] || { echo "$from: an engine comes from packages or embedded" >&2; exit 2; }
done

flavor=${flavor:-cpu}
[[ $flavor == @(cpu|cuda-linux) ]] || { echo "TORCH_FLAVOR=$flavor: give cpu or cuda-linux" >&2; exit 2; }
properties+=("-p:TorchFlavor=$flavor")

# Prints nothing if the probe restores, else why not. Fails if that is nothing about packages: then nothing is settled.
probe() {
    local output
    output=$(NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT=2 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1 \
        "${DOTNET_HOST_PATH:-dotnet}" restore "eng/probes/$1/$1.Probe.csproj" \
        -p:AkkaFrom=packages -p:TorchFrom=packages ${properties[@]+"${properties[@]}"} 2>&1 </dev/null) && return
    sed -n 's/.*error \(NU[0-9]*: [^[]*[^[ .]\).*/\1/p; t end; b; :end q' <<<"$output" | grep . && return
    echo "eng/settle-engines.sh: the probe for $1 did not run: $(grep -m 1 'error' <<<"$output" || tail -n 1 <<<"$output")" >&2
    return 1
}

# settle NAME GIVEN WHAT: prints "packages" or "embedded", a tab, and the reason.
settle() {
    local reason
    if [[ -n $2 ]]; then
        printf '%s\tas asked\n' "$2"
        return
    fi
    reason=$(probe "$1")
    if [[ -z $reason ]]; then
        printf 'packages\tthey restore\n'
    else
        printf 'embedded\t%s\n' "$reason"
    fi
}

temporary=$(mktemp -d)
trap 'rm -rf -- "$temporary"' EXIT
settle Akka "$akka" >"$temporary/akka" &
settle TorchSharp "$torch" >"$temporary/torch"
wait $!
IFS=$'\t' read -r akka akka_reason <"$temporary/akka"
IFS=$'\t' read -r torch torch_reason <"$temporary/torch"

cat >"$file.$$" <<END
<Project>
  <!-- Written by eng/settle-engines.sh; delete it to have it settled anew. -->
  <PropertyGroup>
    <AkkaFrom Condition="'\$(AkkaFrom)' == ''">$akka</AkkaFrom>
    <TorchFrom Condition="'\$(TorchFrom)' == ''">$torch</TorchFrom>
    <TorchFlavor Condition="'\$(TorchFlavor)' == ''">$flavor</TorchFlavor>
  </PropertyGroup>
</Project>
END
mv -f -- "$file.$$" "$file"
echo "Akka.NET: $akka ($akka_reason)"
[[ $torch == embedded ]] || torch+=", TorchSharp-$flavor"
echo "TorchSharp: $torch ($torch_reason)"
