"""Why a diff needs approval: its paths, modes, links, tests and size, read from git's objects."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from bot.approval.changed_tests import find_test_risks, read_changed_tests
from bot.approval.protected_paths import deletion_reason, reason_at, reasons_for, size_reasons
from bot.config.repository import RepoConfig
from bot.git.objects import Change, Entry
from bot.git.repo import Repo

Links = Mapping[str, tuple[str, ...]]
"""A path, and the links that lead to it."""

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


def find_diff_risks(repo: Repo, base: str, head: str, config: RepoConfig) -> tuple[str, ...]:
    """Why the changes between two commits need approval: sorted, a clause each that names its path.

    Raises GitError for a commit that is not here.
    """
    changes = repo.list_changes(base, head)
    links = _read_links(repo, head)
    risks = {risk for change in changes for risk in _path_risks(change, links, config)}
    risks.update(_test_risks(repo, changes))
    lines = sum(added + removed for added, removed in repo.count_changed_lines(base, head).values())
    risks.update(size_reasons(len(changes), lines, config))
    return tuple(sorted(risks))


def _path_risks(change: Change, links: Links, config: RepoConfig) -> Iterator[str]:
    yield from reasons_for(change.path, config.protect.paths)
    for other_name in find_other_names(change.path, links):
        for why in reasons_for(other_name, config.protect.paths):
            yield reason_at(change.path, f"it is also {why}")
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


def _test_risks(repo: Repo, changes: list[Change]) -> Iterator[str]:
    tests = read_changed_tests(repo, changes)
    for path, why in find_test_risks(tests.files):
        yield reason_at(path, why)
    for path in tests.unread:
        yield reason_at(path, "it is too large to be read for what it does to the tests")


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
