"""Runs with private servers inside containers that may next to nothing."""

import platform

import images

IMAGE = "stand-in/judge"
# As where it is not installed.
NO_WRAPPER = f"--volume=/dev/null:/usr/lib/{platform.machine()}-linux-gnu/libnss_wrapper.so:ro"
# Postgres does not run as root: root hands it to another user, and ends that user's processes.
ROOT = [f"--cap-add={name}" for name in ("CHOWN", "FOWNER", "DAC_OVERRIDE", "SETUID", "SETGID", "KILL")]
CONFINED = ["--rm", "--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only",
            "--tmpfs=/tmp:exec,mode=1777", "--workdir=/tmp", "--env=HOME=/tmp"]
WRONG = {"kafka": (1,), "count-race": (0,)}
RIGHT = {"kafka": 0, "count-race": 1}


def make(engine, tree):
    images.build(engine, "rushproof-build", tree, "--target=build")
    images.build(engine, IMAGE, images.HERE / "stand-ins/judge")


def build(step, engine, tree):
    step("the image with private servers", make, engine, tree)


def one(engine, user, *words, options=(), timeout=120):
    return engine.call(engine.docker, "run", *CONFINED, f"--user={user}", *options, IMAGE, *words, check=False,
                       timeout=timeout)


def refused(engine, user, advice, *options):
    done = one(engine, user, "rushproof", "run", "quick", options=options)
    assert done.returncode == 4 and advice in done.stderr, f"exit {done.returncode}\n{done.stdout}{done.stderr}"


def many(engine, user, scenario, runs):
    """So many runs: at least 95 of 100 are decided (of a few, all but one), and none wrongly."""
    loop = 'for i in $(seq "$2"); do rushproof run --no-color "$1" >/tmp/out 2>&1; code=$?; ' \
           'echo "code $code"; [ "$code" = "$3" ] || tail -n 40 /tmp/out; rm -rf reports; done'
    done = one(engine, user, "sh", "-c", loop, "sh", scenario, runs, RIGHT[scenario],
               options=[] if user else ROOT, timeout=120 + 60 * runs)
    codes = [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("code ")]
    right = codes.count(RIGHT[scenario])
    print(f"#          {scenario} as {user}: {right} of {runs} right, the others {sorted(set(codes))}", flush=True)
    assert len(codes) == runs and not any(code in WRONG[scenario] for code in codes), done.stdout[-3000:]
    assert right >= max(1, min(runs - 1, 0.95 * runs)), done.stdout[-3000:] + done.stderr[-3000:]


def run(step, engine, runs):
    step("root without capabilities is told what to do", refused, engine, 0, "--user 1000")
    step("a user without a name is told what to do", refused, engine, 12345, "libnss-wrapper", NO_WRAPPER)
    for user in (0, 12345):
        for scenario in RIGHT:
            step(f"{scenario} in a confined container, as {user}", many, engine, user, scenario, runs)
