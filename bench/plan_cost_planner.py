"""A planner that does what a sensible one would, with the real fix at hand: looks, then writes.

It asks in one reply for the files of the fix that the map names, and for one word of the issue that
looks like code. Its plan has the fix's own tests as an exact block of a new file, and a task for
each file of the fix: as exact blocks where the old lines were shown and it is short, else in words.
"""

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runners.planning.shown_lines import ShownLines, is_shown

MAX_BLOCK_LINES = 40
"""Lines of a fix in one file that a planner writes out; of a longer one it says what must hold."""
MAX_TEST_LINES = 60
CODE_WORD = re.compile(r"\b(?:[a-z]\w*_\w+|[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w+)\b")
HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fix:
    """What the real fix did. `names` are the definitions it changed, by file."""

    repo: Path
    base: str
    commit: str
    names: Mapping[str, Sequence[str]]
    tests: Sequence[str]


def ask_to_see(fix: Fix, mapped: frozenset[str], issue: str, *, grep: bool) -> str:
    """The first reply; empty where there is nothing to look at."""
    wanted = [path for path in fix.names if path in mapped]
    words = sorted(set(CODE_WORD.findall(issue)), key=lambda word: (-len(word), word))
    wanted += [f"grep {words[0]}"] if grep and words else []
    return f"NEED: {', '.join(wanted)}" if wanted else ""


def write_plan(fix: Fix, issue: str, shown: Sequence[ShownLines]) -> str:
    title = issue.split("\n", 1)[0][:70]
    test = next(iter(fix.tests), "tests/test_fix.py")
    new_test = _beside(test)
    parts = [
        f"---\ntitle: {title}\nchecks: [test]\n---\n{_sentences(issue, 2)}\n",
        "## Phase: Implement\n",
        _test_task(fix, new_test),
    ]
    after = "test-fix"
    for number, path in enumerate(fix.names):
        parts.append(_fix_task(fix, path, number, after, new_test, shown, issue))
        after = f"fix-{number}"
    return "\n".join(parts)


def _beside(path: str) -> str:
    folder, _, name = path.rpartition("/")
    stem, dot, ending = name.partition(".")
    return f"{folder}/{stem}_new{dot}{ending}".lstrip("/")


def _test_task(fix: Fix, path: str) -> str:
    added = [line[1:] for each in fix.tests for line in _diff(fix, each) if line.startswith("+")]
    body = "\n".join(added[:MAX_TEST_LINES])
    return (
        f"### Task: test-fix\n- file: {path}\n- exists: {path}\n\nThe test that fails today.\n\n"
        f"```text file={path}\n{body}\n```\n"
    )


def _fix_task(  # noqa: PLR0913, PLR0917  # one task of a plan
    fix: Fix,
    path: str,
    number: int,
    after: str,
    test: str,
    shown: Sequence[ShownLines],
    issue: str,
) -> str:
    names = ", ".join(f"`{name}()`" for name in fix.names[path][:4])
    head = f"### Task: fix-{number}\n- file: {path}\n- after: {after}\n- check: test {test}\n\n"
    said = f"In {names}: {_sentences(issue, 3)}\n"
    return head + said + _blocks(fix, path, shown)


def _blocks(fix: Fix, path: str, shown: Sequence[ShownLines]) -> str:
    lines = _diff(fix, path)
    text = "\n".join(lines)
    changed = [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    spans = [(int(a), int(a) + int(b or 1) - 1) for a, b in HUNK.findall(text)]
    seen = all(is_shown(shown, path, span) for span in spans)
    if not spans or not seen or len(changed) > MAX_BLOCK_LINES:
        return ""
    hunks = re.split(r"^@@ [^\n]*\n", text, flags=re.MULTILINE)[1:]
    pairs = [
        "<<<<<<< SEARCH\n{}\n=======\n{}\n>>>>>>> REPLACE".format(
            "\n".join(line[1:] for line in hunk.splitlines() if line[:1] != "+"),
            "\n".join(line[1:] for line in hunk.splitlines() if line[:1] != "-"),
        )
        for hunk in hunks
    ]
    return f"\n```text edit={path}\n" + "\n".join(pairs) + "\n```\n"


def _diff(fix: Fix, path: str) -> list[str]:
    argv = ["git", f"--git-dir={fix.repo}", "diff", "-U1", fix.base, fix.commit, "--", path]
    done = subprocess.run(argv, capture_output=True, check=True, timeout=60)
    return done.stdout.decode(errors="replace").splitlines()


def _sentences(text: str, most: int) -> str:
    plain = " ".join(text.split())
    return " ".join(re.split(r"(?<=[.!?]) ", plain)[:most])[:600]
