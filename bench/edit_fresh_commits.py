"""Real edits for the fresh kinds: one file of a commit, and what else that commit touched."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from edit_history import Real, read_blobs, run_git

MIN_LINES = 5
MAX_LINES = 1_600
MAX_CHANGED_LINES = 60
MAX_HUNKS = 6
MAX_COMMITS = 6_000
NO_BLOB = "0" * 40
# A line separator to Python's `splitlines` that is none to git or an editor.
ODD_SEPARATORS = frozenset(map(chr, (11, 12, 13, 28, 29, 30, 133, 0x2028, 0x2029)))


@dataclass(frozen=True)
class CommitEdit(Real):
    """`second` is another file of the commit, changed; `added` a file it adds."""

    second: Real | None = None
    added: Real | None = None


def pick_edits(repo: Path, count: int, seed: int) -> Iterator[CommitEdit]:
    """`count` edits, always the same ones for the same history."""
    commits = _list_commits(repo)
    dice = random.Random(f"{seed} {repo.parent.name}")  # noqa: S311 - sampling, not secrets
    chosen = dice.sample(sorted(commits), min(len(commits), 8 * count))
    wanted = {sha for commit in chosen for _, old, new in commits[commit] for sha in (old, new)}
    texts = {NO_BLOB: "", **read_blobs(repo, wanted - {NO_BLOB})}
    made = 0
    for commit in chosen:
        reals = [
            Real(f"{commit}:{path}", path, texts[old], texts[new])
            for path, old, new in commits[commit]
            if old in texts and new in texts
        ]
        changed = [real for real in reals if real.before and is_usable(real)]
        added = [real for real in reals if not real.before and is_plain(real.after)]
        if changed and made < count:
            made += 1
            first = dice.choice(changed)
            others = [real for real in changed if real is not first]
            yield CommitEdit(
                first.name,
                first.path,
                first.before,
                first.after,
                dice.choice(others) if others else None,
                dice.choice(added) if added else None,
            )


def _list_commits(repo: Path) -> dict[str, list[tuple[str, str, str]]]:
    """(path, old blob, new blob) of every commit's files that it changes or adds."""
    log = run_git(repo, "-c", "core.quotePath=false", "log", "--no-merges", "--diff-filter=AM",
                  "--raw", "--no-abbrev", f"-n{MAX_COMMITS}", "--no-renames",
                  "--format=commit %H")  # fmt: skip
    commits: dict[str, list[tuple[str, str, str]]] = {}
    commit = ""
    for line in log.decode("utf-8", "replace").splitlines():
        if line.startswith("commit "):
            commit = line[7:19]
        elif line.startswith((":100644 100644 ", ":100755 100755 ", ":000000 100644 ")):
            fields, path = line.split("\t", 1)
            _, _, old, new, _ = fields.split(" ")
            commits.setdefault(commit, []).append((path, old, new))
    return commits


def is_plain(text: str) -> bool:
    size = text.count("\n")
    return (
        text.endswith("\n")
        and not text.startswith("\ufeff")
        and MIN_LINES <= size <= MAX_LINES
        and not ODD_SEPARATORS & set(text)
    )


def is_usable(real: Real) -> bool:
    if not (is_plain(real.before) and is_plain(real.after)):
        return False
    a, b = real.before.splitlines(), real.after.splitlines()
    ops = [x for x in SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if x[0] != "equal"]
    changed = sum(j - i + m - k for _, i, j, k, m in ops)
    return 0 < changed <= MAX_CHANGED_LINES and len(ops) <= MAX_HUNKS
