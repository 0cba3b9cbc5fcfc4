#!/bin/bash
# Build V8 from Debian's own chromium source package into PREFIX/{include,lib/libv8.so}.
#
#   cmake/v8/build-v8.sh PREFIX [WORKDIR]
#
# Debian 12, x86-64. Downloads 941 MB; needs about 3 GB of disk, 2 GB of memory and 43 CPU-minutes
# (22 minutes on two cores). WORKDIR is kept; without it a folder in the user's cache is used, and
# removed once V8 is built. Reads, from beside this script:
#   tree.txt     the parts of chromium's tree that a stand-alone V8 needs
#   patches.txt  the patches of the source package that an older toolchain needs (clang 19, gn of
#                Debian 12)
#   args.gn      the build's settings
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
prefix=$(realpath -m "$1")
work=$(realpath -m "${2:-${XDG_CACHE_HOME:-$HOME/.cache}/jsrun/v8-build}")
mkdir -p "$work" "$(dirname "$prefix")"
cd "$work"

if ! command -v gn >/dev/null || ! command -v ninja >/dev/null ||
    [ ! -x /usr/lib/llvm-19/bin/clang++ ]; then
    root=()
    [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -q
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
        clang-19 lld-19 llvm-19 libclang-rt-19-dev generate-ninja ninja-build xz-utils patch python3
fi

# --- source: apt verifies what it downloads; deb-src entries live in a private list ---------------
if [ ! -e downloaded ]; then
    if [ -e /etc/apt/sources.list.d/debian.sources ]; then
        sed 's/^Types: .*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >src.sources
    else
        sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >src.list
    fi
    mkdir -p lists/partial
    apt=(-o "Dir::Etc::sourcelist=$(ls "$work"/src.*)" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State::lists=$work/lists")
    apt-get "${apt[@]}" update -q
    # newest version first; a mirror may lack the newest one's sources
    versions=$(apt-cache "${apt[@]}" showsrc chromium | awk '/^Version:/ {print $2}' | sort -Vr)
    for version in $versions; do
        if apt-get "${apt[@]}" source --download-only "chromium=$version"; then
            touch downloaded
            break
        fi
        rm -f chromium_*
    done
fi
orig=$(ls chromium_*.orig.tar.xz)
top=chromium-$(sed 's/^chromium_\(.*\)\.orig\.tar\.xz$/\1/' <<<"$orig")

# --- a stand-alone V8 tree ------------------------------------------------------------------------
rm -rf "$top" tree deb && mkdir deb
tar -C deb -xJf chromium_*.debian.tar.xz debian/patches
sed "s#^#$top/#" "$here/tree.txt" >members
xz -T0 -dc "$orig" | tar -xf - -T members
python3 - "$top" "$here/patches.txt" <<'PY'
"""Apply, of each patch, only the files that exist in the partial tree."""
import os, subprocess, sys
root, series = sys.argv[1:]
for name in open(series).read().split():
    patch = f"deb/debian/patches/{name}"
    lines = open(patch, encoding="utf-8", errors="surrogateescape").read().split("\n")
    starts = [i for i in range(len(lines) - 1)
              if lines[i].startswith("--- ") and lines[i + 1].startswith("+++ ")]
    for start, end in zip(starts, starts[1:] + [len(lines)]):
        old, new = (lines[start + k][4:].split("\t")[0].strip() for k in (0, 1))
        target = (old if new == "/dev/null" else new).split("/", 1)[1]
        created = old == "/dev/null"
        if created and target.split("/")[0] not in ("build", "v8", "tools", "stringhash.py"):
            continue
        if not created and not os.path.exists(f"{root}/{target}"):
            continue
        body = "\n".join(lines[start:end]).rstrip("\n") + "\n"
        apply = ["patch", "-p1", "--forward", "-s", "--no-backup-if-mismatch", "-r", "-", target]
        subprocess.run(apply, cwd=root, input=body.encode("utf-8", "surrogateescape"),
                       check=True)
PY
mv "$top/v8" tree
mv "$top/build" tree/build
for d in "$top"/third_party/*/; do
    d=$(basename "$d")
    case $d in
    dragonbox | fast_float | fp16 | highway | re2)
        mv "$top/third_party/$d/src" "tree/third_party/$d/src"
        ;;
    jsoncpp) mv "$top/third_party/$d/source" "tree/third_party/$d/source" ;;
    inspector_protocol) ;; # V8 carries its own
    *) mv "$top/third_party/$d" "tree/third_party/$d" ;;
    esac
done
mv "$top"/tools/{clang,rust,protoc_wrapper} tree/tools/
mv "$top/stringhash.py" tree/
cd tree
mkdir -p buildtools out
echo 'libcxx_revision = "debian"' >buildtools/deps_revisions.gni
sed -i 's/^exec_script_allowlist = /exec_script_whitelist = /
s#script_executable = "python3"#script_executable = "/usr/bin/python3"#' .gn
sed -i '/build_with_chromium/d' build/config/gclient_args.gni
# gn loads it; it is never built.
grep -v '^    "//base",$' build/linux/unbundle/zlib.gn >third_party/zlib/BUILD.gn
python3 - <<'PY'
def substitute(path, old, new):
    text = open(path).read()
    assert text.count(old) == 1, (path, old, text.count(old))
    open(path, "w").write(text.replace(old, new))

# Debian 12's gn does not know inputs in tool("alink").
substitute("build/toolchain/gcc_toolchain.gni", '''\
        if (ar != "" && get_path_info(ar, "file") != ar) {
          inputs =
              [ get_path_info(rebase_path(ar, ".", root_out_dir), "abspath") ]
        }
''', "")
# No CREL relocations: GNU ld 2.40 cannot read them.
substitute("build/config/compiler/BUILD.gn",
           'if (is_linux && use_lld && current_cpu != "arm" && current_cpu != "s390x") {',
           "if (false) {")
# Export V8's public symbols, hide the rest, for the monolith too; libplatform's are public.
substitute("gni/v8.gni",
           "if ((is_posix || is_fuchsia) && (v8_enable_backtrace || v8_monolithic)) {",
           "if ((is_posix || is_fuchsia) && v8_enable_backtrace) {")
text = open("BUILD.gn").read()
condition = "if (is_component_build)"
at = text.rindex(condition, 0, text.index('defines = [ "BUILDING_V8_PLATFORM_SHARED" ]'))
text = (text[:at] + "if (is_component_build || v8_expose_public_symbols)"
        + text[at + len(condition):])
open("BUILD.gn", "w").write(text)
PY
cp "$here/args.gn" out/args.gn
gn gen out

# --- build, link one shared library with V8's public symbols, install -----------------------------
ninja -C out v8_monolith
new=$prefix.new # PREFIX, if it exists, is complete
rm -rf "$new"
mkdir -p "$new/lib" "$new/include"
clang++-19 -shared -o "$new/lib/libv8.so" -Wl,-soname,libv8.so \
    -Wl,--whole-archive out/obj/libv8_monolith.a -Wl,--no-whole-archive -fuse-ld=lld-19 \
    -Wl,--gc-sections,-z,defs,-z,relro,-z,now,-Bsymbolic,--icf=all,-O2 -pthread -ldl
strip --strip-unneeded "$new/lib/libv8.so"
cp -r include/. "$new/include/"
cp out/gen/include/v8-gn.h "$new/include/"
cp LICENSE* "$new/"
rm -rf "$prefix"
mv "$new" "$prefix"
[ $# -gt 1 ] || rm -rf "$work"
version=$(awk '/define V8_(MAJOR|MINOR|BUILD)_/ {printf "%s%s", s, $3; s="."}' \
    "$prefix/include/v8-version.h")
echo "V8 $version in $prefix"
