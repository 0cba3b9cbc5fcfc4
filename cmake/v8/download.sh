#!/bin/bash
# Fetch the distribution's own V8 without installing it: libnodeNNN (the library) and libnode-dev
# (the headers), unpacked into FOLDER. Needs no root, and does not touch an installed nodejs
# package.
#
#   cmake/v8/download.sh FOLDER
# FOLDER/depends lists the packages that libnodeNNN needs. The files are prepared in another folder
# that is renamed at the end: if FOLDER exists, it is complete.
set -euo pipefail

folder=$(realpath -m "$1")
mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# The package's name contains Node's ABI number; libnode-dev depends on it. APT::Sandbox::User: as
# root, apt switches to its own user, which does not work in a folder of another user. The packages
# are verified in any case.
apt=(-o "APT::Sandbox::User=$(id -un)")
fetch() {
    name=$(apt-cache "${apt[@]}" show --no-all-versions libnode-dev 2>/dev/null |
        sed -n 's/^Depends:.*\(libnode[0-9][0-9]*\).*/\1/p')
    [ -n "$name" ] && apt-get "${apt[@]}" -qq download "$name" libnode-dev
}

if ! fetch 2>errors; then
    # The machine's package lists are missing or out of date, and only root can renew them: make our
    # own lists.
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
mv -T tree "$folder" 2>/dev/null || [ -e "$folder/depends" ] # or another build has done it
