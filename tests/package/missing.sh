#!/usr/bin/env bash
# .ci/install on a machine where a package is missing, as a user who is not root, without sudo and with one that
# refuses: a sentence that names the package and the command, exit code 4, nothing changed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
for name in bash env dirname grep cat printf mktemp rm; do
    ln -s "$(type -P "$name")" "$work/bin/$name"
done
printf '#!/bin/sh\necho 1000\n' >"$work/bin/id"
printf '#!/bin/sh\nexit 0\n' >"$work/bin/dpkg-query"
chmod +x "$work/bin/id" "$work/bin/dpkg-query"

# said SENTENCE: what .ci/install says, and that it ends with 4.
said() {
    local code=0 text
    text=$(PATH=$work/bin "$root/.ci/install" build 2>&1) || code=$?
    [[ $code == 4 && $text == *"these packages are missing: gcc"*"$1"*"try: apt-get install"*"gcc"*"as root"* ]] ||
        { echo "exit code $code: $text"; exit 1; }
}

said 'this user is not root and there is no sudo'
printf '#!/bin/sh\necho "$*" >>%s/sudo\nexit 1\n' "$work" >"$work/bin/sudo"
chmod +x "$work/bin/sudo"
said 'this user may not use sudo'
[[ $(cat "$work/sudo") == true ]] || { echo "sudo was asked for: $(cat "$work/sudo")"; exit 1; }
