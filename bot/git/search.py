"""Which text files of a tree hold some words, or the lines of a text, wherever those stand."""

import os
from collections.abc import Iterable

from bot.git.repo import Repo

MAX_LINES, MIN_LINE_CHARACTERS = 20, 8
"""The longest lines of a text, by which it is known; shorter ones stand in many files."""


def find_copies(repo: Repo, tree: str, text: str) -> list[str]:
    """Paths, sorted, of the text files that have all of the longest lines of `text`."""
    lines = {line.strip() for line in text.splitlines()}
    told = sorted((line for line in lines if len(line) >= MIN_LINE_CHARACTERS), key=len)
    if not told:
        return []
    patterns = [part for line in told[-MAX_LINES:] for part in ("-e", line)]
    # Of several patterns a file has to match each: https://git-scm.com/docs/git-grep
    how = ("--no-textconv", "-I", "-l", "-z", "-F", "--all-match")
    _, out = repo.run("--literal-pathspecs", "grep", *how, *patterns, tree, "--", ok=(0, 1))
    found = (line.split(b":", 1)[1] for line in out.split(b"\0") if b":" in line)
    return sorted(map(os.fsdecode, found))


def find_mentions(repo: Repo, tree: str, words: Iterable[str]) -> list[str]:
    """Paths, sorted, of the text files that have one of these as a whole word."""
    patterns = [part for word in words for part in ("-e", word)]
    if not patterns:
        return []
    argv = ("grep", "--no-textconv", "-I", "-l", "-z", "-w", "-F", *patterns, tree, "--")
    _, out = repo.run("--literal-pathspecs", *argv, ok=(0, 1))
    found = [os.fsdecode(line.split(b":", 1)[1]) for line in out.split(b"\0") if b":" in line]
    return sorted(found)
