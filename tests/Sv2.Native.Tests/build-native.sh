#!/usr/bin/env bash
# Publishes the C library for the tests into FOLDER/lib and writes FOLDER/status.txt: "ok", or why there is no library.
# Fails only when it could have been built and was not.
set -uo pipefail
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder/lib"

finish() { rm -f "$folder/lib/"*; echo "$1" >"$folder/status.txt"; echo "C library not built: $1"; exit 0; }

command -v clang >/dev/null || finish "clang is not installed (Debian: clang lld zlib1g-dev)"
command -v ld.lld >/dev/null || command -v ld >/dev/null || finish "no linker is installed (Debian: clang lld zlib1g-dev)"
echo 'int main(void){return 0;}' | clang -x c - -lz -o /dev/null 2>/dev/null || finish "zlib's headers are not installed (Debian: zlib1g-dev)"
case $(uname -m) in x86_64) rid=linux-x64 ;; aarch64) rid=linux-arm64 ;; *) finish "no ahead-of-time compiler for $(uname -m)" ;; esac

log=$folder/publish.log
# A folder of its own and net9.0 alone: the build of the solution, which may be under way, is not touched.
if ! env -u MSBuildSDKsPath -u MSBuildExtensionsPath -u MSBUILD_EXE_PATH -u MSBuildLoadMicrosoftTargetsReadOnly SdkTargetFrameworks=net9.0 \
    dotnet publish "$here/../../src/Sdk/Sv2.Native/Sv2.Native.csproj" -c Release -f net9.0 -r $rid -m:1 -nodeReuse:false \
    -p:RunAnalyzers=false -p:UseSharedCompilation=false --artifacts-path "$folder/artifacts" -o "$folder/publish" >"$log" 2>&1; then
  # A feed without the compiler or its runtime, or no feed at all, is a reason to skip; anything else is a fault.
  grep -qE 'NU110[1-3].*(ILCompiler|Microsoft\.(NETCore|AspNetCore)\.App)' "$log" && finish "the feed has no ahead-of-time compiler for .NET 9 (ILCompiler)"
  grep -q NU1301 "$log" && finish "the package feed cannot be reached"
  tail -40 "$log"
  exit 1
fi
if grep -E 'warning IL[0-9]+' "$log"; then
  echo "the ahead-of-time compiler warns: the library may lack what it needs at run time"
  exit 1
fi
# Without the debug file beside it: valgrind cannot read its format.
cp "$folder/publish/libsv2.so" "$folder/lib/libsv2.so.0"
ln -sf libsv2.so.0 "$folder/lib/libsv2.so"
echo ok >"$folder/status.txt"
