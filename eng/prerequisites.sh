# shellcheck shell=bash
# What the embedded TorchSharp is compiled with and against. Sourced.

# Prints the Debian packages that are missing, on one line; nothing if none is.
# LIBTORCH=dir stands for a libtorch of one's own, of which the system's package and its BLAS are no part.
missing_packages() {
    local missing=()
    command -v g++ >/dev/null || missing+=(g++)
    if [[ -z ${LIBTORCH:-} ]]; then
        [[ -e /usr/include/ATen/ATen.h ]] || missing+=(libtorch-dev)
        # libtorch runs without it, several times slower: the reference BLAS comes in its place.
        compgen -G '/usr/lib/*/openblas-pthread/libblas.so.3' >/dev/null || missing+=(libopenblas0-pthread)
    fi
    echo "${missing[*]}"
}

# Prints what keeps the embedded TorchSharp from being compiled, as one sentence; nothing if nothing does.
missing_to_compile() {
    local missing
    missing=$(missing_packages)
    if [[ $missing == *g++* ]]; then
        echo "The embedded TorchSharp is compiled with g++, which is not installed: run ./cluster setup."
    elif [[ $missing == *libtorch-dev* ]]; then
        echo "The embedded TorchSharp needs libtorch's headers, which are not installed: run ./cluster setup, or set LIBTORCH to a libtorch folder."
    elif [[ -n ${LIBTORCH:-} && ! -e $LIBTORCH/include/ATen/ATen.h ]]; then
        echo "LIBTORCH names $LIBTORCH, which has no include/ATen/ATen.h: name a libtorch folder, or unset it and run ./cluster setup."
    fi
}
