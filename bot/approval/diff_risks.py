"""Why a diff needs approval, read from the objects of git: no matter what its paths are called."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from bot.approval.protected_paths import deletion_reason, reason_at, reasons_for, size_reasons
from bot.approval.test_changes import find_test_risks, read_changed_tests
from bot.config.repository import RepoConfig
from bot.git.objects import Change, Entry
from bot.git.repo import Repo

Links = Mapping[str, tuple[str, ...]]
"""A path, and the links that lead to it."""

MAX_LINK_DEPTH = 8
MAX_NAMES = 500
"""Links may lead round in circles; nobody follows more of them than this."""
MAX_LINK_BYTES = 4096
_BECOMES = {
    "symlink": "it becomes a symbolic link",
    "submodule": "it becomes a submodule, or another commit of one",
    "dir": "it becomes a folder",
}


def map_links(targets: Iterable[tuple[str, str]]) -> Links:
    """Out of links and what they say: those that stay inside the tree, and outside themselves."""
    found: dict[str, list[str]] = {}
    for link, said in sorted(targets):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(link), said))
        outside = target == ".." or target.startswith("../")
        if not outside and not f"{link}/".startswith(f"{target}/"):
            found.setdefault(target, []).append(link)
    return {target: tuple(links) for target, links in found.items()}


def find_other_names(path: str, links: Links) -> tuple[str, ...]:
    """Every path by which `path` is reached through links, those through links to links too."""
    known = {path: 0}
    waiting = [path]
    for name in waiting:
        if known[name] == MAX_LINK_DEPTH or len(known) > MAX_NAMES:
            break
        for above in (name, *_folders(name)):
            for link in links.get(above, ()):
                other = link + name[len(above) :]
                if other not in known:
                    known[other] = known[name] + 1
                    waiting.append(other)
    return tuple(waiting[1:])


def _folders(path: str) -> Iterable[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def find_diff_risks(repo: Repo, base: str, head: str, config: RepoConfig) -> tuple[str, ...]:
    """Why what is between two commits wants a yes: sorted, a clause each that names its path.

    Raises GitError for a commit that is not here.
    """
    changes = repo.list_changes(base, head)
    links = _links(repo, head)
    found = {risk for change in changes for risk in _of_one(change, links, config)}
    found.update(_of_tests(repo, changes))
    lines = sum(more + less for more, less in repo.count_changed_lines(base, head).values())
    found.update(size_reasons(len(changes), lines, config))
    return tuple(sorted(found))


def _of_one(change: Change, links: Links, config: RepoConfig) -> Iterator[str]:
    yield from reasons_for(change.path, config.protect.paths)
    for other in find_other_names(change.path, links):
        for why in reasons_for(other, config.protect.paths):
            yield reason_at(change.path, f"it is also {why}")
    if change.after is None:
        yield deletion_reason(change.path)
    elif why := _mode(change.before, change.after):
        yield reason_at(change.path, why)


def _mode(before: Entry | None, after: Entry) -> str:
    if after.kind != "file":
        return _BECOMES[after.kind]
    if before and before.kind != "file":
        return f"it was a {before.kind} and becomes a file"
    became = after.mode != "100644" and (before is None or before.mode != after.mode)
    return "it becomes executable" if became else ""


def _of_tests(repo: Repo, changes: list[Change]) -> Iterator[str]:
    reading = read_changed_tests(repo, changes)
    for path, why in find_test_risks(reading.files):
        yield reason_at(path, why)
    for path in reading.unread:
        yield reason_at(path, "it is too large to be read for what it does to the tests")


def _links(repo: Repo, head: str) -> Links:
    links = {
        path: entry.sha
        for path, entry in repo.list_entries(head).items()
        if entry.kind == "symlink" and 0 < entry.size <= MAX_LINK_BYTES
    }
    said = repo.read_blobs(sorted(set(links.values())))
    return map_links(
        (path, said[sha].decode(errors="surrogateescape"))
        for path, sha in links.items()
        if sha in said
    )
