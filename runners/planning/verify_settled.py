"""Whether an issue is settled: a planner's word is nothing, what we run and look up is.

Solved: each check that it names passes on the base, is of named tests, ran some, and what it runs
speaks of something that the issue names. Stale: each file or name that it calls gone is named by
the issue, is nowhere in the base, and was there once.
"""

import keyword
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace

from bot.errors import GitError
from bot.git.search import find_mentions
from bot.plan import Check, list_check_paths, path_fault
from bot.plan.settled import Settled
from bot.text.invisible import make_printable
from runners.planning.plan_request import PlanWork

MIN_WORD = 4
"""Characters of a word that tells what an issue is about."""
# Any file of tests has such words, whatever it is about; without regard to case.
_OF_ANY_TEST = re.compile(
    r"assert\w*|const|default|describe|expect|export|false|func|function|main|none|null|package"
    r"|private|public|pytest|require|self|static|string|test|testcase|testing|tests|this|true"
    r"|undefined|unittest|void",
    re.IGNORECASE,
)
# What is code in a text: in backticks, called, or written as names are.
_CODE_WORDS = re.compile(
    r"`([^`\n]{1,200})`|\b([A-Za-z_]\w{2,80})\(|\b([a-z]+_[a-z_0-9]+|[a-z]+[A-Z]\w+|[A-Z]\w+[a-z][A-Z]\w*)\b"
)
_NAME = re.compile(r"[A-Za-z_]\w{2,80}")
_PATH = re.compile(r"[\w.@+/-]{1,300}")


def verify_settled(work: PlanWork, settled: Settled) -> Settled:
    """With what was found to be so, and what was not."""
    proofs, doubts = list[str](), list[str]()
    found = (
        _verify_checks(work, settled) if settled.kind == "solved" else _verify_gone(work, settled)
    )
    for holds, sentence in found:
        (proofs if holds else doubts).append(sentence)
    if not (proofs or doubts):
        doubts.append("it names no check that passes, and nothing that is gone")
    return replace(settled, proofs=tuple(proofs), doubts=tuple(doubts))


def _verify_checks(work: PlanWork, settled: Settled) -> Iterator[tuple[bool, str]]:
    tree = work.repo.resolve_rev(work.base, "tree")
    for line in settled.checks:
        shown = f"`{make_printable(line, 200)}`"
        check = _read_check(work, line)
        if isinstance(check, str):
            yield False, f"{shown} {check}"
            continue
        if not _speaks_of_issue(work, check):
            yield False, f"what {shown} runs names nothing that the issue names"
            continue
        result = work.checks.run(tree, check)
        if result.state != "green":
            yield False, f"{shown} does not pass: {result.why or result.state}"
        elif not result.tests:
            yield False, f"{shown} passes, but does not tell that it ran a test"
        else:
            ran = f"{result.tests} test{'s' * (result.tests != 1)}"
            yield True, f"{shown} passes on `{work.base[:10]}`: {ran}"


def _read_check(work: PlanWork, line: str) -> Check | str:
    """Or why it is none that could show anything."""
    try:
        name, *paths = shlex.split(line)
    except ValueError:
        return "is no check"
    if name not in work.config.checks:
        return "is no check of this repository"
    files = [file for file, _ in list_check_paths(tuple(paths))]
    if not files:
        return "names no test: what passes as a whole shows nothing of this issue"
    if any(each.startswith("-") for each in paths) or any(map(path_fault, files)):
        return "has more than paths of tests"
    absent = [file for file in files if work.repo.read_file(work.base, file) is None]
    return (
        f"names {make_printable(absent[0], 200)}, which is no file"
        if absent
        else Check("run", name, tuple(paths))
    )


def _speaks_of_issue(work: PlanWork, check: Check) -> bool:
    words = list_code_words(work.issue.text)
    for file, _ in list_check_paths(check.paths):
        raw = work.repo.read_file(work.base, file) or b""
        names = set(_NAME.findall(raw.decode(errors="replace")))
        if not words & names:
            return False
    return True


def list_code_words(text: str) -> set[str]:
    """Names that tell what an issue is about: those that its text has as code."""
    parts = (part for found in _CODE_WORDS.findall(text) for part in found if part)
    names = {name for part in parts for name in _NAME.findall(part)}
    return {name for name in names if len(name) >= MIN_WORD and not _is_of_any_test(name)}


def _is_of_any_test(name: str) -> bool:
    return keyword.iskeyword(name) or _OF_ANY_TEST.fullmatch(name) is not None


def _verify_gone(work: PlanWork, settled: Settled) -> Iterator[tuple[bool, str]]:
    for named in settled.gone:
        name = named.removesuffix("()")
        shown = f"`{make_printable(name, 200)}`"
        if not _is_named(name, work.issue.text):
            yield False, f"the issue does not name {shown}"
        elif "/" in name or "." in name:
            yield _verify_gone_file(work, name, shown)
        elif _NAME.fullmatch(name):
            yield _verify_gone_name(work, name, shown)
        else:
            yield False, f"{shown} is neither a file nor a name"


def _is_named(name: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w/.-]){re.escape(name)}(?![\w/-])", text))


def _verify_gone_file(work: PlanWork, path: str, shown: str) -> tuple[bool, str]:
    if not _PATH.fullmatch(path) or path_fault(path):
        return False, f"{shown} is no path of this repository"
    if work.repo.read_file(work.base, path) is not None:
        return False, f"{shown} is there"
    # Nothing but paths can stand behind "--": https://git-scm.com/docs/gitcli
    last = _find_last_commit(work, "--", f":(literal){path}")
    return _tell_last(work, shown, last)


def _verify_gone_name(work: PlanWork, name: str, shown: str) -> tuple[bool, str]:
    if find_mentions(work.repo, work.base, [name]):
        return False, f"{shown} is there"
    # "Look for differences that change the number of occurrences": the one that removed the last.
    # https://git-scm.com/docs/git-log#Documentation/git-log.txt--Sltstringgt
    return _tell_last(work, shown, _find_last_commit(work, f"-S{name}", "--"))


def _find_last_commit(work: PlanWork, *which: str) -> str:
    """The newest commit below the base that changed it; empty where none did, or nobody knows."""
    argv = ("log", "-n1", "--format=%H", work.base, *which)
    try:
        return work.repo.read_output(*argv).strip()
    except GitError:
        return ""


def _tell_last(work: PlanWork, shown: str, last: str) -> tuple[bool, str]:
    if not last:
        return False, f"{shown} is not there, and never was"
    return True, f"{shown} is nowhere in `{work.base[:10]}`; `{last[:10]}` removed it"
