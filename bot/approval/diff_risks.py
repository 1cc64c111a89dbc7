"""Why a diff needs approval: its paths, modes, links, tests and size, read from git's objects."""

import hashlib
import posixpath
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.approval.changed_tests import find_test_risks, read_changed_tests
from bot.approval.check_programs import list_check_programs
from bot.approval.check_scripts import find_check_of_script
from bot.approval.config_content import MAX_BYTES, can_be_harmless, is_harmless_change
from bot.approval.protected_paths import (
    BY_CONTENT,
    LOCKED,
    deletion_reason,
    protection_reason,
    reason_at,
    reasons_in,
    size_reasons,
)
from bot.approval.runner_words import list_own_names
from bot.approval.shadowing_paths import explain_shadowing
from bot.approval.test_paths import is_test_path
from bot.config.repository import RepoConfig
from bot.git.diff import count_changed_lines, list_changes
from bot.git.objects import Change, Entry
from bot.git.repo import Repo

Links = Mapping[str, tuple[str, ...]]
"""A path, and the links that lead to it."""

FINGERPRINT_CHARS = 20
"""Hexadecimal digits. Of a thousand approved files they still fit into the status comment."""
MAX_LINK_DEPTH = 8
MAX_NAMES = 500
"""Links may lead round in circles: Linux itself follows 40, then gives ELOOP.

https://man7.org/linux/man-pages/man7/path_resolution.7.html
"""
# A longer path cannot be opened: https://man7.org/linux/man-pages/man2/symlink.2.html
MAX_LINK_BYTES = 4096
# git has a mode for each of these: 120000, 160000 and 040000.
# https://git-scm.com/docs/git-fast-import#_filemodify
_BECOMES = {
    "symlink": "it becomes a symbolic link",
    "submodule": "it becomes a submodule, or another commit of one",
    "dir": "it becomes a folder",
}


def map_links(targets: Iterable[tuple[str, str]]) -> Links:
    """Out of links and what they say: those that stay inside the tree, and outside themselves."""
    links: dict[str, list[str]] = {}
    for link, link_text in sorted(targets):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(link), link_text))
        outside = target == ".." or target.startswith("../")
        # A link to a folder that it lies in would give every path below endlessly many names.
        if not outside and not f"{link}/".startswith(f"{target}/"):
            links.setdefault(target, []).append(link)
    return {target: tuple(names) for target, names in links.items()}


def find_other_names(path: str, links: Links) -> tuple[str, ...]:
    """Every path by which `path` is reached through links, those through links to links too."""
    depth_of = {path: 0}
    to_visit = [path]
    for name in to_visit:
        if depth_of[name] == MAX_LINK_DEPTH or len(depth_of) > MAX_NAMES:
            break
        for folder in (name, *_parent_folders(name)):
            for link in links.get(folder, ()):
                other_name = link + name[len(folder) :]
                if other_name not in depth_of:
                    depth_of[other_name] = depth_of[name] + 1
                    to_visit.append(other_name)
    return tuple(to_visit[1:])


def _parent_folders(path: str) -> Iterable[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


@dataclass(frozen=True, slots=True)
class Risk:
    """Why a change needs approval: `reason` is a clause that names its path.

    `content` is what an approval of it covers, as `fingerprint_change` names it: of one path, or,
    where the size is the reason, of every path; `path` is empty then.
    """

    reason: str
    path: str
    content: tuple[str, ...]


def find_diff_risks(
    repo: Repo, base: str, head: str, config: RepoConfig, *, planned: Container[str] = ()
) -> tuple[str, ...]:
    """Why the changes between two commits, or trees, need approval: the reasons, sorted.

    `planned` are the files that tasks of the published plan name. Raises GitError for a commit
    that is not here.
    """
    return tuple(risk.reason for risk in find_open_risks(repo, base, head, config, planned=planned))


def find_open_risks(  # noqa: PLR0913  # two states, by which rules, and what is agreed already
    repo: Repo,
    base: str,
    head: str,
    config: RepoConfig,
    accepted: Collection[str] = (),
    *,
    planned: Container[str] = (),
) -> tuple[Risk, ...]:
    """The risks whose content is not all among the `accepted` fingerprints, by reason."""
    accepted = frozenset(accepted)
    changes = list_changes(repo, base, head)
    links = _read_links(repo, head)
    harmless = _list_harmless(repo, changes)
    reasons = {
        (change.path, why)
        for change in changes
        for why in _path_risks(change, links, config, is_harmless=change.path in harmless)
    }
    before, after = repo.list_entries(base), repo.list_entries(head)
    reasons.update(_test_risks(repo, changes, before, planned))
    programs = list_check_programs(repo, before, config)
    for change in changes:
        names = {change.path, *find_other_names(change.path, links)} - harmless
        if programs & names:
            reasons.add((change.path, reason_at(change.path, "a check runs it by way of another")))
        if why := explain_shadowing(change, before, after):
            reasons.add((change.path, reason_at(change.path, why)))
    by_path = {change.path: change for change in changes}
    risks = [
        Risk(why, path, (fingerprint_change(by_path[path], why),)) for path, why in sorted(reasons)
    ]
    risks += _size_risks(repo, base, head, config, accepted)
    left = (risk for risk in risks if not accepted.issuperset(risk.content))
    return tuple(sorted(left, key=lambda risk: risk.reason))


def fingerprint_change(change: Change, reason: str = "") -> str:
    """What is approved: content before and after, with modes, and why it was asked for.

    The reason is part of it, as it may follow from other files: a test that moved into another
    file is not gone until that one loses it.
    """
    before, after = (
        f"{entry.mode} {entry.sha}" if entry else "none" for entry in (change.before, change.after)
    )
    text = f"{change.path}\0{before}\0{after}\0{reason}"
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:FINGERPRINT_CHARS]


def fingerprint_reason(reason: str) -> str:
    """What is approved where no path is: that a check's tests are fewer, in these very words."""
    return hashlib.sha256(reason.encode(errors="surrogateescape")).hexdigest()[:FINGERPRINT_CHARS]


def _size_risks(
    repo: Repo, base: str, head: str, config: RepoConfig, accepted: Collection[str]
) -> Iterator[Risk]:
    """Counted without the changes that were approved for their number before.

    Lines of lock files and of new files among tests are not counted.
    """
    marks = {change.path: fingerprint_change(change) for change in list_changes(repo, base, head)}
    new = {path: mark for path, mark in marks.items() if mark not in accepted}
    counts = count_changed_lines(repo, base, head)
    uncounted = {
        change.path
        for change in list_changes(repo, base, head)
        if protection_reason(change.path) == LOCKED
        or (change.before is None and is_test_path(change.path))
    }
    lines = sum(sum(counts[path]) for path in new if path in counts and path not in uncounted)
    for why in size_reasons(len(new), lines, config):
        yield Risk(why, "", tuple(new.values()))


def _list_harmless(repo: Repo, changes: list[Change]) -> frozenset[str]:
    """Configuration whose change says nothing about tests, by its content before and after."""
    found = set()
    for change in changes:
        before, after = change.before, change.after
        if before and after and before.mode == after.mode and can_be_harmless(change.path):
            if max(before.size, after.size) > MAX_BYTES:
                continue
            bodies = repo.read_blobs(dict.fromkeys((before.sha, after.sha)))
            both = before.sha in bodies and after.sha in bodies
            if both and is_harmless_change(change.path, bodies[before.sha], bodies[after.sha]):
                found.add(change.path)
    return frozenset(found)


def _path_risks(
    change: Change, links: Links, config: RepoConfig, *, is_harmless: bool
) -> Iterator[str]:
    for why in reasons_in(config, change.path):
        if not (
            is_harmless and why in {reason_at(change.path, f"it {each}") for each in BY_CONTENT}
        ):
            yield why
    for other_name in find_other_names(change.path, links):
        for why in reasons_in(config, other_name):
            yield reason_at(change.path, f"it is also {why}")
    for name in (change.path, *find_other_names(change.path, links)):
        if check := find_check_of_script(name, config.checks):
            yield reason_at(change.path, f"the check `{check}` runs it")
    if change.after is None:
        yield deletion_reason(change.path)
    elif why := _mode_risk(change.before, change.after):
        yield reason_at(change.path, why)


def _mode_risk(before: Entry | None, after: Entry) -> str:
    if after.kind != "file":
        return _BECOMES[after.kind]
    if before and before.kind != "file":
        return f"it was a {before.kind} and becomes a file"
    # A file's mode in git is 100644, or 100755 for one that may be executed.
    is_executable = after.mode != "100644" and (before is None or before.mode != after.mode)
    return "it becomes executable" if is_executable else ""


def _test_risks(
    repo: Repo, changes: list[Change], base: Collection[str], planned: Container[str]
) -> Iterator[tuple[str, str]]:
    tests = read_changed_tests(repo, changes)
    for path, why in find_test_risks(tests.files, list_own_names(base), planned):
        yield path, reason_at(path, why)
    for path in tests.unread:
        yield path, reason_at(path, "it is too large to be read for what it does to the tests")


def _read_links(repo: Repo, head: str) -> Links:
    links = {
        path: entry.sha
        for path, entry in repo.list_entries(head).items()
        if entry.kind == "symlink" and 0 < entry.size <= MAX_LINK_BYTES
    }
    texts = repo.read_blobs(sorted(set(links.values())))
    return map_links(
        # A link's text is bytes of any kind: https://peps.python.org/pep-0383/
        (path, texts[sha].decode(errors="surrogateescape"))
        for path, sha in links.items()
        if sha in texts
    )
