"""All tests of reports that need more than a unit test: run.py [files|page|index|axe|console|secrets|hostile]…"""

import os
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import check_axe  # noqa: E402
import check_console  # noqa: E402
import check_files  # noqa: E402
import check_hostile  # noqa: E402
import check_index  # noqa: E402
import check_page  # noqa: E402
import check_secrets  # noqa: E402
from tap import Tap  # noqa: E402

PARTS = {"files": check_files.check, "page": check_page.check, "index": check_index.check, "axe": check_axe.check,
         "console": check_console.check, "secrets": check_secrets.check,
         "hostile": check_hostile.check}


def main():
    programs = pathlib.Path(os.environ.get("RUSHPROOF_BIN", "build/dev/bin")).resolve()
    work = pathlib.Path(tempfile.mkdtemp(prefix="rushproof-report-"))
    tap = Tap()
    try:
        for name in sys.argv[1:] or PARTS:
            PARTS[name](tap, programs, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    tap.end()


if __name__ == "__main__":
    main()
