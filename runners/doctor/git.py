"""Examines git: its version, and whether a person could commit."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from runners.doctor.finding import Finding

MIN_VERSION = (2, 38)
"""`git merge-tree` merges without a checkout from then on: https://git-scm.com/docs/git-merge-tree."""
TIMEOUT_SECONDS = 10.0


def examine_git(folder: Path) -> Iterator[Finding]:
    program = shutil.which("git")
    if program is None:
        hint = "Install it: sudo apt install git, or your system's way."
        yield Finding("git: none", good=False, hint=hint)
        return
    yield judge_version(program, _ask(program, folder, "--version"))
    named = os.environ.get("GIT_AUTHOR_EMAIL") or _ask(program, folder, "config", "user.email")
    if not named:
        hint = (
            'git config --global user.name "Your Name"\n'
            "git config --global user.email you@example.com"
        )
        what = "git: it knows no name of yours to commit by; the bot's own commits need none"
        yield Finding(what, good=None, hint=hint)


def judge_version(program: str, said: str) -> Finding:
    found = re.search(r"(\d{1,3})\.(\d{1,3})(?:\.\d{1,3})?", said)
    what = f"git: {program}, {found[0] if found else 'of no known version'}"
    if found and (int(found[1]), int(found[2])) >= MIN_VERSION:
        return Finding(what, good=True)
    least = ".".join(map(str, MIN_VERSION))
    hint = f"Install git {least} or later: with an older one no base can be merged in."
    return Finding(what, good=None, hint=hint)


def _ask(program: str, folder: Path, *words: str) -> str:
    """Neither of them starts a program of the repository's."""
    try:
        run = subprocess.run(
            (program, *words),
            cwd=folder,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.decode(errors="replace").strip()
