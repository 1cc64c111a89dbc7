"""Real edits from a repository's history, and correct replies that make them."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

MIN_LINES = 8
MAX_LINES = 600
MAX_CHANGED_LINES = 60


@dataclass(frozen=True)
class Real:
    """One file of one commit, before and after."""

    name: str
    path: str
    before: str
    after: str


@dataclass(frozen=True)
class Block:
    search: str
    replace: str


def real_edits(repo: Path, most: int = 1500) -> Iterator[Real]:
    """Small edits of one text file, newest first."""
    log = run_git(repo, "log", "--no-merges", "--diff-filter=M", "--raw", "--no-abbrev", "-n6000",
               "--no-renames", "--format=commit %H")  # fmt: skip
    wanted = []
    commit = ""
    for line in log.decode("utf-8", "replace").splitlines():
        if line.startswith("commit "):
            commit = line[7:19]
        elif line.startswith((":100644 100644 ", ":100755 100755 ")):
            fields, path = line.split("\t", 1)
            _, _, old, new, _ = fields.split(" ")
            wanted.append((commit, path, old, new))
    texts = read_blobs(repo, {sha for _, _, old, new in wanted[: 4 * most] for sha in (old, new)})
    found = 0
    for commit, path, old, new in wanted[: 4 * most]:
        before, after = texts.get(old), texts.get(new)
        if before and after and found < most and _is_small(before, after):
            found += 1
            yield Real(f"{commit}:{path}", path, before, after)


def _is_small(before: str, after: str) -> bool:
    a, b = before.splitlines(), after.splitlines()
    if not MIN_LINES < len(a) < MAX_LINES or "\r" in before + after or not before.endswith("\n"):
        return False
    if not after.endswith("\n") or any(
        ord(c) in {11, 12, 28, 29, 30, 133, 8232} for c in before + after
    ):
        return False
    ops = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    changed = sum(j - i + m - k for op, i, j, k, m in ops if op != "equal")
    return 0 < changed <= MAX_CHANGED_LINES


def run_git(repo: Path, *words: str, given: bytes = b"") -> bytes:
    return subprocess.run(["git", f"--git-dir={repo}", *words], input=given, capture_output=True,
                          check=True, timeout=300).stdout  # fmt: skip


def read_blobs(repo: Path, shas: set[str]) -> dict[str, str]:
    out = run_git(repo, "cat-file", "--batch", given="\n".join(sorted(shas)).encode())
    texts, at = {}, 0
    while at < len(out):
        end = out.index(b"\n", at)
        words = out[at:end].split()
        if words[-1] == b"missing":
            at = end + 1
            continue
        size = int(words[2])
        data = out[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
        if b"\0" not in data:
            try:
                texts[words[0].decode()] = data.decode()
            except UnicodeDecodeError:
                continue
    return texts


# --- what a correct reply looks like ---------------------------------------------------------


def blocks_of(real: Real) -> list[Block]:
    """Search/replace blocks with as much context as makes each search unique."""
    a, b = real.before.splitlines(keepends=True), real.after.splitlines(keepends=True)
    blocks = []
    for group in SequenceMatcher(None, a, b, autojunk=False).get_grouped_opcodes(1):
        i, j, k, m = group[0][1], group[-1][2], group[0][3], group[-1][4]
        while real.before.count("".join(a[i:j])) > 1 or _places(a, a[i:j]) > 1 or i == j:
            if i > 0 and k > 0:
                i, k = i - 1, k - 1
            if j < len(a) and m < len(b):
                j, m = j + 1, m + 1
            if i == 0 and j == len(a):
                break
        blocks.append((i, j, k, m))
    merged: list[tuple[int, int, int, int]] = []
    for i, j, k, m in blocks:
        if merged and i < merged[-1][1]:
            merged[-1] = (merged[-1][0], j, merged[-1][2], m)
        else:
            merged.append((i, j, k, m))
    return [Block("".join(a[i:j]), "".join(b[k:m])) for i, j, k, m in merged]


def _places(lines: list[str], part: list[str]) -> int:
    plain = [line.strip() for line in lines]
    wanted = [line.strip() for line in part]
    size = len(wanted)
    return sum(plain[at : at + size] == wanted for at in range(len(plain) - size + 1))


def search_replace(
    path: str, blocks: list[Block], *, fence: str = "```python", marks: int = 7
) -> str:
    close = fence[: len(fence) - len(fence.lstrip("`"))]
    out = []
    for block in blocks:
        body = f"{'<' * marks} SEARCH\n{block.search}{'=' * marks}\n"
        body += f"{block.replace}{'>' * marks} REPLACE\n"
        out.append(f"{path}\n{fence}\n{body}{close}\n" if fence else f"{path}\n{body}")
    return "\n".join(out)


def unified(real: Real, context: int = 3, old: str = "a/", new: str = "b/") -> str:
    a, b = real.before.splitlines(keepends=True), real.after.splitlines(keepends=True)
    return "".join(unified_diff(a, b, old + real.path, new + real.path, n=context))


def v4a(real: Real) -> str:
    out = [f"*** Begin Patch\n*** Update File: {real.path}\n"]
    body = unified(real).splitlines(keepends=True)[2:]
    out += ["@@\n" if line.startswith("@@") else line for line in body]
    return "".join([*out, "*** End Patch\n"])


def is_code(real: Real) -> bool:
    return real.path.endswith((".py", ".js", ".go", ".ts"))
