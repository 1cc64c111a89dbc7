"""How many honest changes the diff gate has wait for a person: the newest commits of repositories.

python bench/diff_gate.py DIR... [--commits 25] [--show]

A DIR is a git directory. Of each, the newest commits that change code and are no merges are put
through the gate as if a job had made them; `--show` lists each commit that waits, with its reasons.
A history has no plan, so each is judged twice: as if a plan's tasks had named all the files that it
changes, as those of a job do, and as if none had, as after a round of rework.
"""

import argparse
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.approval.diff_risks import find_diff_risks
from bot.approval.protected_paths import CI, protection_reason
from bot.code import language_of
from bot.config.repository import RepoConfig
from bot.errors import GitError
from bot.git.diff import list_changes
from bot.git.find_repo import open_repo

# Reasons by what they are about; the rest are words and places that may be harmless.
GROUPS = {
    "configuration, size or deletion": re.compile(
        r": it (?:says what|says who|says how|is protected|is code that|has a name|is deleted"
        r"|becomes|would run)|^it changes \d|: the check `|what \[setup\]"
    ),
    "what existing tests assert": re.compile(
        r"of its (?:assertions are (?:gone|about)|lines are gone|examples that are run)"
    ),
}
OTHER = "other words and places"
QUOTED = re.compile(r"`[^`]*`|\d[\d,]*")


@dataclass(frozen=True)
class Judged:
    """`reasons` are those with a plan that names its files, `without_plan` those with none."""

    name: str
    reasons: tuple[str, ...]
    without_plan: tuple[str, ...]

    @property
    def changes_ci(self) -> bool:
        return any(CI in reason for reason in self.reasons)

    @property
    def deletes_test(self) -> bool:
        return any("of its tests are gone" in reason for reason in self.reasons)

    @property
    def groups(self) -> frozenset[str]:
        return frozenset(group_of(reason) for reason in self.reasons)


def judge_commits(folder: Path, most: int) -> Iterator[Judged]:
    repo = open_repo(folder)
    judged = 0
    for commit, parent in _list_commits(folder):
        if judged == most:
            return
        changes = list_changes(repo, parent, commit)
        if any(language_of(change.path) and not _is_config(change.path) for change in changes):
            # A snapshot may lack the content of its largest files.
            with suppress(GitError):
                named = frozenset(change.path for change in changes)
                reasons, without_plan = (
                    find_diff_risks(repo, parent, commit, RepoConfig(), planned=planned)
                    for planned in (named, ())
                )
                yield Judged(f"{folder.parent.name} {commit[:10]}", reasons, without_plan)
                judged += 1


def _is_config(path: str) -> bool:
    return bool(protection_reason(path))


def _list_commits(folder: Path) -> Iterator[tuple[str, str]]:
    argv = ["git", f"--git-dir={folder}", "log", "--no-merges", "-n1000", "--format=%H %P"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=120)
    for line in done.stdout.splitlines():
        commit, *parents = line.split()
        if len(parents) == 1:
            yield commit, parents[0]


def group_of(reason: str) -> str:
    return next((name for name, form in GROUPS.items() if form.search(reason)), OTHER)


def kind_of(reason: str) -> str:
    """The reason without its path, names and numbers."""
    _, _, why = reason.rpartition(": it ") if ": it " in reason else reason.partition(": ")
    text = QUOTED.sub("N", why or reason)
    return re.sub(r"gone: .*|less: .*|run: .*", lambda m: m[0].split(":")[0], text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=25)
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    began = time.monotonic()
    judged = [each for folder in args.folders for each in judge_commits(folder, args.commits)]
    kept = [each for each in judged if not each.deletes_test]
    if args.show:
        for each in judged:
            if each.reasons:
                print(each.name, *each.reasons, sep="\n    ")
    kinds = Counter(kind for each in kept for kind in {kind_of(r) for r in each.reasons})
    for kind, count in kinds.most_common(40):
        print(f"{count:5} {kind}")
    seconds = time.monotonic() - began
    print(f"{len(judged)} commits of {len(args.folders)} repositories, {seconds:.0f} s")
    print(f"wait: {sum(bool(each.reasons) for each in judged)}")
    print(f"delete no test: {len(kept)}, of these wait: {sum(bool(e.reasons) for e in kept)}")
    print(f"  without a plan: {sum(bool(e.without_plan) for e in kept)}")
    print(f"  change what CI runs: {sum(e.changes_ci for e in kept)}")
    for group in (*GROUPS, OTHER):
        with_it = sum(group in each.groups for each in kept)
        only = sum(each.groups == {group} for each in kept)
        print(f"  {group}: {with_it}, for that alone: {only}")


if __name__ == "__main__":
    main()
