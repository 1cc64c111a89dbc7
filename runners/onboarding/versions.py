"""Versions that a project wants of its language, against those that its checks would have."""

import re
import shutil
import subprocess
import sys

from runners.sandbox.layout import SYSTEM_PATH

VERSION_SECONDS = 5.0
MAX_VERSION_CHARACTERS = 100
_BOUND = re.compile(r"(?:^|\|\||\s|,)\s*(?:>=|\^|~=?|v)?\s*(\d{1,4})(?:\.(\d{1,4}))?")
_ABOVE = re.compile(r"^\s*<")


def read_least(wanted: str) -> tuple[int, int] | None:
    """The lowest version that a range like `>=3.9,<4` or `^20.1 || >=22` takes; None: any."""
    found = []
    for part in wanted[:MAX_VERSION_CHARACTERS].split("||"):
        bounds = [each for each in part.replace(",", " ").split(" ") if each]
        lower = [each for each in bounds if not _ABOVE.match(each) and not each.startswith("!")]
        matched = _BOUND.search(lower[0]) if lower else None
        if matched is None:
            return None
        found.append((int(matched[1]), int(matched[2] or 0)))
    return min(found, default=None)


def read_present(language: str) -> tuple[int, int] | None:
    """What checks have of it without any setting; None where that is not known."""
    if language == "python":
        # The sandbox shows the one that runs this.
        return sys.version_info[:2]
    program = shutil.which(language, path=SYSTEM_PATH)
    if program is None:
        return None
    try:
        run = subprocess.run(  # of the system, not of the repository
            (program, "version" if language == "go" else "--version"),
            capture_output=True,
            timeout=VERSION_SECONDS,
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(rb"(\d{1,4})\.(\d{1,4})", run.stdout[:MAX_VERSION_CHARACTERS])
    present = (int(found[1]), int(found[2])) if found else None
    # From 1.21 on `go` fetches the version that a module wants: https://go.dev/doc/toolchain
    return None if language == "go" and present and present >= (1, 21) else present
