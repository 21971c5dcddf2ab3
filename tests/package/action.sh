#!/usr/bin/env bash
# .ci/action with a stand-in for rushproof: are arguments passed as they are, outputs written, exit codes kept?
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/rushproof" <<'STAND_IN'
#!/usr/bin/env bash
printf '%s\n' "$@" >"$OUTPUT/../arguments"
mkdir -p "$OUTPUT/latest"
printf '{\n  "scenario": "x",\n  "verdict": "fail",\n  "exit_code": 1\n}\n' >"$OUTPUT/latest/result.json"
exit 1
STAND_IN
chmod +x "$work/rushproof"
mkdir "$work/reports"

code=0
PATH=$work:$PATH SCENARIO='my scenario.yaml' ARGUMENTS=$'--set=limit=50\n--set=name=a; b\n' OUTPUT=$work/reports \
    GITHUB_OUTPUT=$work/outputs GITHUB_STEP_SUMMARY=$work/summary "$root/.ci/action" || code=$?

[[ $code == 1 ]] || { echo "exit code $code"; exit 1; }
diff "$work/arguments" - <<EXPECTED
run
--output=$work/reports
--no-color
--summary=$work/summary
--set=limit=50
--set=name=a; b
my scenario.yaml
EXPECTED
diff "$work/outputs" - <<EXPECTED
exit-code=1
report=$work/reports/latest
verdict=fail
EXPECTED
