"""A file of issues, one a line of JSON: each with its repository, base commit and tests.

In the form of SWE-bench: https://www.swebench.com/SWE-bench/guides/datasets/
Its tests are laid on the base, so a model is shown those that are to turn green; those that must
stay green are run at the end alone.
"""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.approval.test_paths import is_test_path
from bot.config.repository import RepoConfig
from bot.errors import GitError, UserError
from bot.evaluation.task_class import find_task_class
from bot.git.command import BRICKLAYER
from bot.git.commits import commit_parents
from bot.git.repo import Repo
from bot.git.write_tree import open_index
from bot.plan import Block, Check, Task, path_fault
from bot.plan.code_blocks import find_patch_touches
from bot.text.invisible import make_printable
from runners.evaluation.import_sets import (
    FIXED_DATES,
    NO_TASK,
    TEST,
    leave_out,
    quote_words,
    with_run,
)
from runners.evaluation.own_place import OwnPlace
from runners.evaluation.replay_task import (
    FoundTasks,
    ReplayTask,
    adapt_config,
    write_plan,
)
from runners.project import load_repo_config

MAX_LINE_BYTES = 8 << 20
MAX_IDS_CHARACTERS = 100_000
"""Of one word of a command 128 KiB: https://man7.org/linux/man-pages/man2/execve.2.html"""
TURN_GREEN, STAY_GREEN = "turn-green", "stay-green"
_MARKER = "replayed-stay-green.txt"


@dataclass(frozen=True, slots=True)
class _Issue:
    """`file` is the one that is to be changed; `tests` a diff that brings them."""

    name: str
    source: Path
    base: str
    text: str
    file: str
    tests: str
    turn_green: tuple[str, ...]
    stay_green: tuple[str, ...]


def import_issues(
    place: OwnPlace, path: Path, repos: Path | None, config: RepoConfig | None
) -> Iterator[FoundTasks]:
    """`repos` has the clones, as `name`, `owner/name` or `owner__name`. Raises UserError."""
    count = 0
    for number, line in _read_lines(path):
        name = f"{path.stem}/line-{number}"
        count += 1
        try:
            issue = _read_issue(line, path, repos, number)
            name = issue.name
            yield FoundTasks((_make_task(place, issue, config),))
        except NO_TASK as exc:
            yield leave_out(name, exc)
    if not count:
        hint = "Each line is an object: repo, base_commit, problem_statement, test_patch and more."
        raise UserError("there is no issue in it", where=str(path), hint=hint)


def _read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                hint = f"A line has {MAX_LINE_BYTES >> 20} MiB at most."
                raise UserError("the line is too long", where=f"{path}:{number}", hint=hint)
            if line.strip():
                yield number, line


def _read_issue(line: bytes, path: Path, repos: Path | None, number: int) -> _Issue:
    where = f"{path}:{number}"
    try:
        found = json.loads(line)
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as exc:
        # `"\ud800"` is JSON, and no text: https://www.rfc-editor.org/rfc/rfc8259#section-8.2
        raise UserError("it has half of a surrogate pair", where=where) from exc
    except (ValueError, RecursionError) as exc:
        raise UserError("not JSON", where=where) from exc
    if not isinstance(found, dict):
        raise UserError("not an object", where=where)
    told = {key: _read_text(found, key, where) for key in ("repo", "base_commit")}
    text = _read_text(found, "problem_statement", where)
    own = str(found.get("instance_id") or f"line-{number}")
    name = make_printable(f"{path.stem}/{own}", 120)
    tests = str(found.get("test_patch") or "")
    turn_green = _read_ids(found, "FAIL_TO_PASS", where)
    if not turn_green:
        raise UserError("FAIL_TO_PASS names no test", where=where)
    return _Issue(
        name,
        _find_clone(told["repo"], repos, path.parent),
        told["base_commit"],
        text,
        _find_file(found, where),
        tests,
        turn_green,
        _read_ids(found, "PASS_TO_PASS", where),
    )


def _read_text(found: Mapping[str, Any], key: str, where: str) -> str:
    value = found.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UserError(f"`{key}` is missing", where=where)
    return value


def _read_ids(found: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """A list, or the JSON of one in a text, as the published files have it."""
    value = found.get(key) or []
    try:
        ids = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as exc:
        raise UserError(f"`{key}` is no list", where=where) from exc
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise UserError(f"`{key}` is no list of names", where=where)
    if odd := next((each for each in ids if each[:1] in {"", "-"} or "\0" in each), None):
        what = f"`{key}` has what no test is called: {make_printable(odd, 40)}"
        raise UserError(what, where=where)
    return tuple(dict.fromkeys(ids))


def _find_file(found: Mapping[str, Any], where: str) -> str:
    """The file to change: as it is named, else the one that the known solution changes."""
    named = found.get("file")
    touched = find_patch_touches(str(found.get("patch") or ""))
    paths = sorted({each.path for each in touched if not is_test_path(each.path)})
    if isinstance(named, str) and named:
        paths = [named]
    if not paths:
        raise UserError("neither `file` nor `patch` says which file is to be changed", where=where)
    if len(paths) > 1:
        what = f"its solution changes {len(paths)} files, and a task writes one"
        raise UserError(what, where=where)
    if fault := path_fault(paths[0]):
        raise UserError(f"its file is no path: {fault}", where=where)
    return paths[0]


def _find_clone(repo: str, repos: Path | None, beside: Path) -> Path:
    """A folder that is there; nothing is fetched."""
    top = repos or beside
    names = (repo, repo.rpartition("/")[2], repo.replace("/", "__"))
    for name in names if not path_fault(repo) else ():
        for folder in (top / name, top / f"{name}.git"):
            if folder.is_dir():
                return folder
    hint = f"Clone it to {top / names[1]}, or name the folder of your clones: --repos DIR."
    raise UserError(f"{make_printable(repo)} is not in {top}", where="--repos", hint=hint)


def _make_task(place: OwnPlace, issue: _Issue, given: RepoConfig | None) -> ReplayTask:
    repo = place.open_copy(issue.source)
    if not (commit := repo.resolve_rev(issue.base)):
        raise UserError(f"git has no commit {make_printable(issue.base)} there", where=issue.name)
    config = given or load_repo_config(repo, repo.git_dir, commit)
    if TEST not in config.checks:
        raise UserError("its .bricklayer.toml has no [checks.test]", where=issue.name)
    base = _lay_tests(repo, commit, issue)
    config = _with_ids(config, TURN_GREEN, issue.turn_green)
    config = _with_ids(config, STAY_GREEN, issue.stay_green) if issue.stay_green else config
    said = f"Solve this issue by changing {issue.file}."
    text = quote_words(said, issue.text)
    task = Task("solve", file=issue.file, checks=(Check("run", TURN_GREEN),), text=text)
    marker = Block("file", _MARKER, f"{issue.name}: tests that must stay green.\n")
    stay = Task(STAY_GREEN, checks=(Check("run", STAY_GREEN),), hidden=True, blocks=(marker,))
    hidden = (stay,) if issue.stay_green else ()
    return ReplayTask(
        name=issue.name,
        repo=repo.git_dir,
        base=base,
        rules=commit,
        plan=write_plan(task, f"Solve {issue.name.rpartition('/')[2]}", hidden=hidden),
        task=task.id,
        config=adapt_config(config),
        task_class=find_task_class(task, repo.read_file(base, issue.file)),
        is_foreign=True,
        has_hidden=bool(hidden),
    )


def _lay_tests(repo: Repo, commit: str, issue: _Issue) -> str:
    """The base with the issue's tests; the same commit each time."""
    if not issue.tests.strip():
        return commit
    with open_index(repo, commit) as index:
        patch = issue.tests if issue.tests.endswith("\n") else f"{issue.tests}\n"
        argv = ("apply", "--cached", "--whitespace=nowarn", "-")
        try:
            repo.run(*argv, stdin=patch.encode(), env=index.env)
        except GitError as exc:
            raise UserError("its test_patch does not apply", where=issue.name) from exc
        tree = repo.read_output("write-tree", env=index.env)
    return commit_parents(
        repo, tree, (commit,), f"Tests of {issue.name}\n", BRICKLAYER, dates=FIXED_DATES
    )


def _with_ids(config: RepoConfig, name: str, ids: Sequence[str]) -> RepoConfig:
    words = shlex.join(ids)
    if len(words) > MAX_IDS_CHARACTERS:
        # All of their files, which is no less.
        words = shlex.join(dict.fromkeys(each.partition("::")[0] for each in ids))
    if len(words) > MAX_IDS_CHARACTERS:
        raise UserError(f"it names more tests than one command takes: {len(ids):,}")
    return with_run(config, name, f"{config.checks[TEST].run.rstrip()} {words}")
