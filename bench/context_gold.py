"""Which definitions a commit changed, and a seeded sample of fix commits to ask the map about.

python bench/context_gold.py OWNER/NAME... [--mirrors DIR] [--count 12] > CASES.jsonl

The sample is of commits without merges whose subject speaks of a fix, that change one to four files
of code and a test, and no more than 150 lines of that code.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from context_cases import git, message, mirror_of, without_names  # noqa: E402 - after the path

from bot.code import Symbol, language_of, outline_file  # noqa: E402
from bot.repo_map.files import TEST_PATHS, reason_left_out  # noqa: E402
from bot.repo_map.import_graph import innermost_symbols  # noqa: E402

SEED = 20
MAX_FILES, MAX_CHANGED_LINES, MIN_TEXT_WORDS = 4, 150, 5
HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@", re.MULTILINE)
FIX = re.compile(r"\b(?:fix(?:e[sd])?|bug|regression|crash(?:es)?)\b", re.IGNORECASE)
KINDS = ("function", "method", "class", "type")


def changed_symbols(
    repo: Path, base: str, fix: str, paths: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """By path, the innermost definitions of the base commit that hold a changed line."""
    found = {}
    for path in paths:
        body = blob(repo, base, path)
        symbols = [s for s in outline_file(path, body).symbols if s.kind in KINDS]
        names = dict.fromkeys(s.name for s in _symbols_at(symbols, hunks(repo, base, fix, path)))
        if names:
            found[path] = tuple(names)
    return found


def _symbols_at(symbols: list[Symbol], ranges: Iterable[tuple[int, int]]) -> Iterator[Symbol]:
    for first, last in ranges:
        if last >= first:
            yield from innermost_symbols(symbols, range(first, last + 1))
        else:  # lines put between two: in what holds both
            around = [set(innermost_symbols(symbols, [line])) for line in (last, first)]
            yield from around[0] & around[1]


def hunks(repo: Path, base: str, fix: str, path: str) -> list[tuple[int, int]]:
    """First and last changed line of the base; the last is before the first where none is."""
    diff = git(repo, "diff", "-U0", "--no-ext-diff", base, fix, "--", path)
    found = []
    for start, count, _ in HUNK.findall(diff):
        first, lines = int(start), int(count or 1)
        found.append((first, first + lines - 1) if lines else (first + 1, first))
    return found


def blob(repo: Path, rev: str, path: str) -> bytes:
    return git(repo, "cat-file", "blob", f"{rev}:{path}")


def sample(repo: Path, name: str, count: int) -> Iterator[dict[str, Any]]:
    log = git(repo, "log", "--no-merges", "--format=%H %P%x09%s", "HEAD").decode(errors="replace")
    rows = [line.partition("\t") for line in log.splitlines()]
    fixes = [head.split() for head, _, subject in rows if FIX.search(subject)]
    Random(SEED).shuffle(fixes)  # noqa: S311 - a seeded choice
    made = 0
    for commit, *parents in fixes:
        if made < count and len(parents) == 1 and (row := case_of(repo, name, commit, parents[0])):
            made += 1
            yield row


def case_of(repo: Path, name: str, fix: str, base: str) -> dict[str, Any] | None:
    rows = git(repo, "diff", "--numstat", "--no-renames", "-z", base, fix).decode(errors="replace")
    churn = {path: added + gone for added, gone, path in map(_counts, rows.split("\0")[:-1])}
    tests = [path for path in churn if TEST_PATHS.search(path)]
    code = [path for path in churn if path not in tests and is_code(path)]
    if not tests or not 1 <= len(code) <= MAX_FILES:
        return None
    if sum(churn[path] for path in code) > MAX_CHANGED_LINES:
        return None
    known = [path for path in code if git(repo, "ls-tree", base, "--", path)]
    gold = changed_symbols(repo, base, fix, known)
    text = without_names(message(repo, fix), gold)
    if not gold or len(re.findall(r"[A-Za-z]{3,}", text)) < MIN_TEXT_WORDS:
        return None
    return {
        "id": f"{name.rpartition('/')[2]}-{fix[:8]}",
        "repo": name,
        "base_commit": base,
        "fix_commit": fix,
        "gold_files": sorted(gold),
        "gold_symbols": gold,
        "text": text,
    }


def is_code(path: str) -> bool:
    return bool(language_of(path)) and not reason_left_out(path)


def _counts(row: str) -> tuple[int, int, str]:
    added, gone, path = row.split("\t", 2)
    return int(added) if added != "-" else 0, int(gone) if gone != "-" else 0, path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repos", nargs="+", metavar="OWNER/NAME")
    parser.add_argument("--mirrors", type=Path, default=ROOT.parent / ".mirror")
    parser.add_argument("--count", type=int, default=12, help="cases of each repository")
    options = parser.parse_args()
    for repo_name in options.repos:
        for row in sample(mirror_of(repo_name, options.mirrors), repo_name, options.count):
            print(json.dumps(row))
