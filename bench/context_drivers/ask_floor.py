"""The floor: BM25 over whole files, then their paths and definitions while they fit."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator

LARGEST = 1_000_000
BYTES_PER_TOKEN = 3.0
"""Fewer than a tokenizer of today takes on such text; what was sent is counted afterwards."""
PER_FILE = 8
PROSE = (".md", ".rst", ".txt", ".html", ".json", ".lock", ".svg")
DEFINITION = re.compile(
    r"^[ \t]*(?:export |public |async |static )*"
    r"(?:def|class|func|function|type|interface|const) .*$",
    re.MULTILINE,
)
WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])|\d+")


def words(text: str) -> str:
    """Identifiers whole and in their parts, lower case."""
    whole = re.findall(r"\w+", text)
    return " ".join([*whole, *WORD.findall(text)]).lower()


def files(git_dir: str, rev: str) -> Iterator[tuple[str, str]]:
    git = ["git", "--git-dir", git_dir]
    listed = subprocess.run(
        [*git, "ls-tree", "-r", "-z", "-l", rev], check=True, capture_output=True, timeout=60
    )
    rows = [row.split("\t", 1) for row in listed.stdout.decode(errors="replace").split("\0")[:-1]]
    blobs = [(path, head.split()) for head, path in rows]
    wanted = [(path, at[2]) for path, at in blobs if at[1] == "blob" and int(at[3]) < LARGEST]
    asked = "\n".join(sha for _, sha in wanted).encode()
    batch = subprocess.run(
        [*git, "cat-file", "--batch"], input=asked, check=True, capture_output=True, timeout=300
    ).stdout
    at = 0
    for path, _ in wanted:
        line = batch.index(b"\n", at)
        size = int(batch[at:line].split()[2])
        data, at = batch[line + 1 : line + 1 + size], line + size + 2
        if b"\0" not in data[:8000]:
            yield path, data.decode(errors="replace")


def ranked(git_dir: str, rev: str, text: str) -> list[tuple[str, str]]:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE f USING fts5(path UNINDEXED, body UNINDEXED, words)")
    rows = ((path, body, f"{words(path)} {words(body)}") for path, body in files(git_dir, rev))
    base.executemany("INSERT INTO f VALUES (?, ?, ?)", rows)
    asked = " OR ".join(f'"{word}"' for word in sorted(set(words(text).split())))
    return base.execute(
        "SELECT path, body FROM f WHERE words MATCH ? ORDER BY rank, path", [asked]
    ).fetchall()


def entry(path: str, body: str) -> str:
    found = [] if path.endswith(PROSE) else DEFINITION.findall(body)
    lines = [line.rstrip()[:120] for line in found[:PER_FILE]]
    return "\n".join([f"{path}:", *lines, ""])


def rendered(found: list[tuple[str, str]], budget: int) -> str:
    kept, room = [], budget * BYTES_PER_TOKEN
    for path, body in found:
        piece = entry(path, body)
        room -= len(piece.encode())
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept)


def main() -> None:
    given = json.load(sys.stdin)
    began = time.perf_counter()
    found = ranked(given["git"], given["rev"], given["text"])
    sent = {budget: rendered(found, budget) for budget in given["budgets"]}
    cold, answered = time.perf_counter() - began, time.time()
    cpu = sum(os.times()[:4])
    said = {"sent": sent, "cold": cold, "answered": answered, "cpu": cpu}
    json.dump({**said, "ranked": [path for path, _ in found]}, sys.stdout)


if __name__ == "__main__":
    main()
