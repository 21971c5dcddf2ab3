#!/usr/bin/env bash
# run.sh [--clean-root]: makes the Debian package of the build that RUSHPROOF_BIN belongs to, unpacks it into a
# fresh directory and tries what is in it. With --clean-root (root only, needs debootstrap and a Debian mirror) it is
# also installed by apt on a new Debian 12, where an ordinary user runs a scenario.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "${RUSHPROOF_BIN:?the directory of the programs}/.." && pwd) || exit
# shellcheck source=tests/lib/tap.sh
. "$root/tests/lib/tap.sh"
# shellcheck source=tests/package/clean_root.sh
. "$root/tests/package/clean_root.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/rushproof-package.XXXXXX")
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

make_package() {
    ninja -C "$build" programs pages && packs deb
}

# packs DIRECTORY: the package, in that directory of the work's.
packs() {
    cpack --config "$build/CPackConfig.cmake" -G DEB -B "$work/$1"
}

# The time of the package is the one that SOURCE_DATE_EPOCH states, whenever it is made.
same_bytes() {
    SOURCE_DATE_EPOCH=1700000000 packs one >/dev/null || return
    sleep 1.1 # a time in a file has a resolution of one or two seconds
    SOURCE_DATE_EPOCH=1700000000 packs two >/dev/null || return
    cmp "$work"/one/*.deb "$work"/two/*.deb && ! dpkg-deb --contents "$work"/two/*.deb | grep -v ' 2023-11-14 '
}

# Errors and warnings: none.
lintian_is_silent() {
    local said
    said=$(lintian --allow-root --fail-on error,warning "$deb" 2>&1) || { echo "$said"; return 1; }
}

every_program_has_a_page() {
    local path
    for path in "$work"/tree/usr/bin/*; do
        [[ -s $work/tree/usr/share/man/man1/${path##*/}.1.gz ]] || { echo "no page: ${path##*/}"; return 1; }
    done
}

# What the programs advise to install when it is missing comes along by itself, unless apt is told otherwise; but for
# RabbitMQ, whose package starts a service of the whole machine.
advice_is_recommended() {
    local name
    while read -r name; do
        [[ $name != rabbitmq-server ]] || { field Suggests | grep -qw rabbitmq-server && continue; }
        field Recommends | grep -qE "(^|[ ,|])$name([ ,|]|$)" || { echo "not recommended: $name"; return 1; }
    done < <(grep -aohE 'install the package [a-z0-9.+-]+' "$work"/tree/usr/bin/* | sed 's/.* //' | sort -u)
}

field() {
    dpkg-deb --field "$deb" "$1"
}

# depends NAME…: the package depends on each of them.
depends() {
    local name
    field Depends
    for name; do
        field Depends | grep -qE "(^|, )$name( |,|$)" || return
    done
}

owned_by_root() {
    ! dpkg-deb --contents "$deb" | grep -v ' root/root '
}

# Nothing under /usr may be writable for others, and nothing may point into the build tree.
no_traces_of_the_build() {
    ! grep -rlF "$root" "$work/tree" && ! find "$work/tree" -perm /022 -not -type l | grep .
}

has_files() {
    local name
    for name in bin/rushproof bin/apply-service bin/coupon-consumer bin/embedded-broker bin/rushproof-keeper bin/rushproof-proxy \
        share/rushproof/scenarios/kafka.yaml share/rushproof/scenarios/scenario.schema.json \
        share/man/man1/rushproof.1.gz share/man/man1/rushproof-run.1.gz share/man/man1/apply-service.1.gz \
        share/man/man1/coupon-consumer.1.gz share/bash-completion/completions/rushproof \
        share/zsh/vendor-completions/_rushproof share/doc/rushproof/copyright share/doc/rushproof/docs/service.md \
        share/doc/rushproof/examples/flask/test_shop.py share/rushproof/clients/pytest/pytest_rushproof.py \
        share/rushproof/clients/junit5/src/main/java/rushproof/junit/Rush.java; do
        [[ -s $work/tree/usr/$name ]] || { echo "missing: /usr/$name"; return 1; }
    done
}

# The pytest plugin is installed by an ordinary user, who may not write to its files, and used; where PyPI is not reached
# for what builds it, the way without pip is tried alone.
pytest_plugin_works() {
    local from=$work/tree/usr/share/rushproof/clients/pytest said=$work/pytest-said
    printf 'import pytest\n@pytest.mark.rush(limit=1, requests=2)\ndef test_a(rush):\n    pass\n' >"$work/test_a.py"
    chmod -R a-w "$from"
    (cd "$work" && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$from RUSHPROOF_PROGRAM=/nowhere \
        /usr/bin/python3 -m pytest -p pytest_rushproof -p no:cacheprovider -rs test_a.py) >"$said" 2>&1 || { cat "$said"; return 1; }
    grep -q '1 skipped' "$said" || { cat "$said"; return 1; }
    if as_nobody timeout 120 /usr/bin/python3 -m pip install --quiet --disable-pip-version-check --no-deps --no-compile \
        --target "$work/plugin/site" "$from" >"$said" 2>&1; then
        grep -q pytest_rushproof "$work"/plugin/site/pytest_rushproof-*.dist-info/entry_points.txt
    else
        grep -qE 'flit_core|No module named pip' "$said" || { cat "$said"; return 1; }
        echo "# pip cannot get flit_core: installing was not tried"
    fi
    [[ $(find "$from" -type f -printf '%f ') =~ ^(pyproject.toml pytest_rushproof.py|pytest_rushproof.py pyproject.toml)' '$ ]]
}

# as_nobody COMMAND…: as somebody to whom nothing belongs but $work/plugin; by root only, else as who runs this.
as_nobody() {
    mkdir -p "$work/plugin"
    if [[ $EUID == 0 ]]; then
        chown nobody "$work/plugin"
        setpriv --reuid nobody --regid nogroup --clear-groups env HOME="$work/plugin" TMPDIR="$work/plugin" "$@"
    else
        env HOME="$work/plugin" TMPDIR="$work/plugin" "$@"
    fi
}

# Maven builds the JUnit extension where it is told, and nothing beside its sources. Without a network it may lack what
# it needs for that.
junit_extension_builds() {
    local from=$work/tree/usr/share/rushproof/clients/junit5 said=$work/maven-said
    command -v mvn >/dev/null || { echo "# there is no mvn"; return 0; }
    if ! timeout 300 mvn -q -B -f "$from/pom.xml" -Djar.directory="$work/jar" package >"$said" 2>&1; then
        grep -qE 'Could not (transfer|find)|Unknown host|offline' "$said" || { cat "$said"; return 1; }
        echo "# Maven cannot get what it needs"
    else
        compgen -G "$work/jar/rushproof-junit5-*.jar" >/dev/null || return 1
    fi
    [[ ! -e $from/target ]]
}

# What is installed from the sources goes to the build of the image too.
image_has_what_is_installed() {
    local path prefix found
    while read -r path; do
        found=
        while read -r prefix; do
            [[ $path/ != "$prefix"/* ]] || found=yes
        done < <(sed -n 's/^!//p' "$root/.dockerignore")
        [[ $found ]] || { echo "not in the image: $path"; return 1; }
    done < <(find "$build" -name cmake_install.cmake -exec grep -ohE "\"$root/[^\"]+\"" {} + | tr -d '"' |
        grep -vF "$build" | sed "s#^$root/##" | sort -u)
}

# Every file that README leads to is in the package, but for what is only in the sources.
readme_leads_somewhere() {
    local path
    while read -r path; do
        [[ -e $work/tree/usr/share/doc/rushproof/$path ]] || { echo "README leads to $path"; return 1; }
    done < <(grep -oE '\]\((docs|examples)[^)#]*' "$root/README.md" | cut -c 3- | sort -u)
}

# Every page is rendered without a complaint, and names itself.
pages_render() {
    local page name complaints
    for page in "$work"/tree/usr/share/man/man1/*.gz; do
        name=$(basename "$page" .1.gz)
        complaints=$(MANROFFSEQ='' MANWIDTH=80 man --warnings=all --encoding=UTF-8 --local-file "$page" 2>&1 >"$work/page")
        [[ -z $complaints ]] || { echo "$name: $complaints"; return 1; }
        grep -qi "$name" "$work/page" || { echo "$name is not in its page"; return 1; }
    done
}

# complete WORD…: what bash offers for the last word of a command line of rushproof.
complete_words() {
    PATH=$work/tree/usr/bin:$PATH bash -c '
        . "$1"
        shift
        COMP_WORDS=(rushproof "$@")
        COMP_CWORD=$#
        compopt() { :; }
        _rushproof
        printf "%s\n" "${COMPREPLY[@]}"' completion "$work/tree/usr/share/bash-completion/completions/rushproof" "$@"
}

completion_offers() {
    local expected=$1
    shift
    complete_words "$@" | tee /dev/stderr | grep -qx -e "$expected"
}

zsh_accepts() {
    zsh --no-exec "$work/tree/usr/share/zsh/vendor-completions/_rushproof"
}

runs_from_there() {
    (cd "$work" && "$work/tree/usr/bin/rushproof" run --quiet --output="$work/reports" quick)
}

lists_scenarios() {
    (cd / && "$work/tree/usr/bin/rushproof" list) | grep -q '^kafka '
}

check 'the package is made' make_package
deb=$(find "$work/deb" -maxdepth 1 -name '*.deb' 2>/dev/null | head -n 1)
[[ -s $deb ]] || { tap_end; exit 1; }
check 'its name is Debian'"'"'s form' grep -qE '^rushproof_[0-9.]+_[a-z0-9]+\.deb$' <<<"$(basename "$deb")"
check 'it depends on the libraries it uses' depends libc6 'libcurl4|libcurl4t64' 'librdkafka1' libpq5 libyaml-0-2 libutf8proc2
check 'its files belong to root' owned_by_root
check 'it unpacks' dpkg-deb --extract "$deb" "$work/tree"
check 'programs, scenarios, pages and completions are in it' has_files
check 'nothing points into the build tree or is writable for all' no_traces_of_the_build
check 'every program has a man page' every_program_has_a_page
check 'the man pages render' pages_render
check 'lintian finds nothing' lintian_is_silent
check 'the same sources and SOURCE_DATE_EPOCH make the same bytes' same_bytes
check 'what the programs advise to install is recommended' advice_is_recommended
check 'bash completes commands' completion_offers verify ver
check 'bash completes options' completion_offers --rounds= run --rou
check 'bash completes scenarios' completion_offers kafka run kaf
check 'bash completes values behind an equals sign' completion_offers corked run --gate = cork
check 'bash completes values where it is no break' completion_offers --gate=corked run --gate=cork
if command -v zsh >/dev/null; then
    check 'zsh accepts its completion' zsh_accepts
fi
check 'the pytest plugin is installed from there' pytest_plugin_works
check 'the JUnit extension is built from there' junit_extension_builds
check 'the image is built from all that is installed' image_has_what_is_installed
check 'README leads to files of the package' readme_leads_somewhere
check 'the unpacked program lists its scenarios' lists_scenarios
check 'the unpacked program runs one' runs_from_there
check 'missing packages and no way to install them are said' "$root/tests/package/missing.sh"
check 'the action passes arguments and writes its outputs' "$root/tests/package/action.sh"
if [[ ${1:-} == --clean-root ]]; then
    check 'a new Debian 12 installs it, and its user runs a scenario' clean_root_installs "$deb" "$work/root"
fi
tap_end
