"""Are faults of a plan found before its build? Planted in plans made of real commits, and not.

python bench/planted_faults.py DIR... [--commits 20] [--show]

A DIR is a git directory. Of each, the newest commits that change tests and code are made into plans
as planners write them (`planted_drafts.py`): sound ones, of which none may be refused, and ones
with one planted fault each, which the planner has to hear of. `--show` tells what went wrong.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from planted_drafts import PLANTED, SOUND, Change, Draft, list_changes

from bot.code import language_of
from bot.errors import GitError
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.text.plain_text import is_binary
from runners.planning.planner_rules import PlanRules, find_plan_faults
from runners.project import entry_kind_at

MIN_FILES, MAX_FILES, MAX_CHARACTERS = 2, 5, 60_000
MAX_WALK = 600


def list_commits(repo: Repo, most: int) -> Iterator[tuple[str, list[Change], list[Change]]]:
    """Base commit, changed tests and changed code, of the newest commits that have both."""
    found = 0
    log = repo.read_output(
        "log", "--no-merges", "--format=%H %P", f"-{MAX_WALK}", "HEAD"
    ).splitlines()
    for line in log:
        commit, *parents = line.split()
        if found == most or len(parents) != 1:
            continue
        with suppress(GitError, ValueError):
            changes = read_changes(repo, parents[0], commit)
            for tests, code in list_changes(changes):
                found += 1
                yield parents[0], tests, code


def read_changes(repo: Repo, base: str, commit: str) -> list[Change]:
    """Raises ValueError for a commit that is no plain change of a few files of text."""
    lines = repo.read_output(
        "diff-tree", "-r", "--no-renames", "--name-status", base, commit
    ).splitlines()
    pairs = [line.split("\t") for line in lines]
    if not MIN_FILES <= len(pairs) <= MAX_FILES or any(how not in {"M", "A"} for how, _ in pairs):
        raise ValueError(commit)
    changes = []
    for how, path in pairs:
        new = repo.read_file(commit, path) or b""
        old = repo.read_file(base, path) if how == "M" else None
        if is_binary(new) or entry_kind_at(repo, commit, path) != "file" or b"\r" in new:
            raise ValueError(path)
        if len(new) > MAX_CHARACTERS or not new.strip():
            raise ValueError(path)
        changes.append(Change(path, None if old is None else old.decode(), new.decode()))
    code = [each for each in changes if not each.is_test]
    if not any(language_of(each.path) for each in code):
        raise ValueError(commit)
    return sorted(changes, key=lambda each: language_of(each.path) == "")


def find_faults(repo: Repo, base: str, draft: Draft) -> list[str]:
    rules = PlanRules(
        ("test", "lint", "true"),
        lambda path: entry_kind_at(repo, base, path),
        lambda path: repo.read_file(base, path),
        lambda _path: (),
        seen=draft.seen,
    )
    return [f"line {f.line}: {f.what}" for f in find_plan_faults(draft.render(), rules)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=20)
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    planted, found, sound, alarms = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    seconds, commits = 0.0, 0
    for folder in args.folders:
        repo = open_repo(folder)
        print(f"{folder.parent.name} ...", flush=True)
        for base, tests, code in list_commits(repo, args.commits):
            commits += 1
            clean = True
            for name, make in SOUND.items():
                draft = make(tests, code)
                began = time.perf_counter()
                faults = find_faults(repo, base, draft)
                seconds += time.perf_counter() - began
                sound[name] += 1
                alarms[name] += bool(faults)
                clean = clean and not faults
                if faults and args.show:
                    print(f"ALARM {folder.parent.name} {base[:9]} {name}: {faults}")
            # Where the commit itself cannot be a plan's blocks, nothing would tell which was found.
            for kind, plant in PLANTED.items() if clean else ():
                if (bad := plant(tests, code)) is None:
                    continue
                planted[kind] += 1
                faults = find_faults(repo, base, bad)
                found[kind] += bool(faults)
                if not faults and args.show:
                    print(f"MISSED {folder.parent.name} {base[:9]} {kind}")
    for kind in PLANTED:
        print(f"{kind}: {found[kind]} of {planted[kind]} found")
    for name in SOUND:
        print(f"sound, {name}: {alarms[name]} of {sound[name]} refused")
    print(
        f"{commits} commits; {found.total()} of {planted.total()} planted faults found,"
        f" {alarms.total()} of {sound.total()} sound plans refused,"
        f" {seconds / max(1, sound.total()) * 1000:.0f} ms a plan"
    )


if __name__ == "__main__":
    main()
