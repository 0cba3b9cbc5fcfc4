#!/bin/bash
# Fetch the distribution's own V8 without installing it: libnodeNNN (the library) and libnode-dev
# (the headers), unpacked into FOLDER. Needs no root, and an installed nodejs package is left alone.
#
#   cmake/v8/download.sh FOLDER
#
# FOLDER/depends lists what libnodeNNN depends on. The work is done in a folder of its own and
# renamed at the end, so that FOLDER, if it exists, is complete.
set -euo pipefail

folder=$(realpath -m "$1")
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# The package's name carries Node's ABI number, which libnode-dev depends on. APT::Sandbox::User:
# apt, when root, cannot switch to its own user in a folder that is not that user's; the packages
# are verified anyway.
apt=(-o "APT::Sandbox::User=$(id -un)")
fetch() {
    name=$(apt-cache "${apt[@]}" show --no-all-versions libnode-dev 2>/dev/null |
        sed -n 's/^Depends:.*\(libnode[0-9][0-9]*\).*/\1/p')
    [ -n "$name" ] && apt-get "${apt[@]}" -qq download "$name" libnode-dev
}

if ! fetch 2>errors; then
    # The machine's package lists are missing or out of date, and it takes root to renew those: make
    # our own.
    mkdir -p lists/partial cache/archives/partial
    apt+=(-o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache")
    # A source that cannot be reached may be one that is not needed.
    apt-get "${apt[@]}" -qq update 2>>errors || true
    fetch 2>>errors || {
        cat errors >&2
        echo "download.sh: cannot download ${name:-libnode-dev}" >&2
        exit 1
    }
fi

mkdir tree
for package in *.deb; do
    dpkg-deb -x "$package" tree
done
dpkg-deb -f "$name"_*.deb Depends | sed 's/ *([^)]*)//g; s/, */\n/g' >tree/depends
mv -T tree "$folder" 2>/dev/null || [ -e "$folder/depends" ] # or another build was faster
