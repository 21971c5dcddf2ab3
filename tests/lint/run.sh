#!/usr/bin/env bash
# What can be said about the files without running anything.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 4
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

# Files of the project, also where there is no git (an unpacked archive).
files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard -- "$@" | while read -r path; do
            [[ ! -f $path ]] || printf '%s\n' "$path"
        done
    else
        local -a names=(-false)
        local pattern
        for pattern; do
            names+=(-o -name "$pattern")
        done
        find . \( -name build -o -name reports -o -name node_modules -o -name target \) -prune -o \
            -type f \( "${names[@]}" \) -print
    fi
}

shell_scripts() {
    files '*' | tr '\n' '\0' | xargs -0 awk '/^#!.*[ \/](bash|sh)( |$)/ {print FILENAME} {nextfile}'
    files '*.sh'
}

mapfile -t sources < <(files '*.c' '*.h')
mapfile -t scripts < <(shell_scripts | sort -u)
mapfile -t yamls < <(files '*.yaml' '*.yml')
mapfile -t jsons < <(files '*.json')
mapfile -t pythons < <(files '*.py')
mapfile -t pages < <(files '*.md')

# No output and success is what each of these must give.
silent() {
    local output
    output=$("$@" 2>&1)
    printf '%s\n' "$output"
    [[ -z $output ]]
}

unformatted() {
    clang-format --dry-run --ferror-limit=1 -Werror "${sources[@]}" 2>&1 | sed -nE 's/^([^ :]+):[0-9]+:.*/\1/p' | sort -u
}

too_long() {
    wc -l "${sources[@]}" | awk '$2 != "total" && $1 > 400 {print $1 " lines: " $2}'
}

# Rooms that must not know each other, and the pure ones that must not do I/O.
doors() {
    grep -nE '#include *[<"](curl|libpq|postgresql|hiredis|librdkafka|event2)' \
        -r harness/model harness/verify harness/selftest base
    grep -nE '#include *"([.][.]/)*service/' -r harness
    grep -nE '#include *"([.][.]/)*harness/' -r service
    grep -nE '\b(exit|abort)\(' -r harness base --include='*.c' |
        grep -vE '^harness/(main|cmd_[a-z_]*)\.c:'
}

# parsed json|python FILE…: names those that are none.
parsed() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import ast
import json
import sys
read = {"json": json.loads, "python": ast.parse}[sys.argv[1]]
for path in sys.argv[2:]:
    try:
        with open(path, encoding="utf-8") as file:
            read(file.read())
    except (SyntaxError, ValueError) as error:
        print(f"{path}: {error}")
PYTHON
}

check 'C sources are as clang-format leaves them' silent unformatted
check 'C files have at most 400 lines' silent too_long
check 'harness and service do not know each other, pure rooms do no I/O' silent doors
check 'no 60 equal tokens in two files' silent /usr/bin/python3 tests/lint/clones.py harness base service
check 'includes form no circle but inside one noun' silent /usr/bin/python3 tests/lint/circles.py
check 'shell scripts satisfy shellcheck' shellcheck -x "${scripts[@]}"
check 'YAML satisfies yamllint' yamllint --strict "${yamls[@]}"
check 'JSON parses' silent parsed json "${jsons[@]}"
check 'Python parses' silent parsed python "${pythons[@]}"
check 'links in the pages lead somewhere' /usr/bin/python3 tests/lint/links.py "${pages[@]}"
check 'the pages show the recipes as they are' /usr/bin/python3 tests/lint/recipes.py
check 'README.ko.md has the commands of README.md' /usr/bin/python3 tests/lint/korean.py
check 'the site has every page of docs' /usr/bin/python3 tests/lint/site.py
check 'docker-compose.yml is valid' docker-compose --file docker-compose.yml config --quiet
check 'docker-compose.yml with the profile is valid' \
    docker-compose --file docker-compose.yml --profile judge config --quiet
check 'docker-compose.yml binds loopback only, checks health, keeps volumes' \
    /usr/bin/python3 tests/lint/compose.py docker-compose.yml
check 'the Dockerfile keeps its rules' /usr/bin/python3 tests/lint/dockerfile.py Dockerfile
check 'the Dockerfile rules catch what they forbid' /usr/bin/python3 tests/lint/dockerfile.py --self-test
check 'what is shown of a failed stage has its reasons' tests/lint/reasons.sh
check './test that is ended ends what it runs' tests/lint/lanes.sh
tap_end
