"""What the cases expect of a run: each says what it is of one, with the run's own words."""


def expect(good, run, why):
    assert good, f"{why}\n{run}"


def expect_clean(run):
    expect(not run.left, run, "something stayed behind")


def expect_code(run, code):
    expect(run.code == code, run, f"exit code {run.code}, expected {code}")
    expect_clean(run)
    if run.result is not None:
        expect(run.result["exit_code"] == code, run, f"result.json says exit_code {run.result['exit_code']}")


def check_of(run, name):
    found = [check for check in run.result["checks"] if check["name"] == name]
    expect(len(found) == 1, run, f"{len(found)} checks are called {name}")
    return found[0]
