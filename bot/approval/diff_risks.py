"""What a diff does that wants a person's yes: told from the objects, whatever they are named."""

from collections.abc import Iterator

from bot.approval.protected_paths import deletes, named, reasons_for, too_many
from bot.approval.symlink_names import Links, links_to, other_names
from bot.approval.test_changes import read_changed, risks_to_tests
from bot.config.repository import RepoConfig
from bot.git.repo import Change, Entry, Repo

LONGEST_LINK = 4096
_BECOMES = {
    "symlink": "it becomes a symbolic link",
    "submodule": "it becomes a submodule, or another commit of one",
    "dir": "it becomes a folder",
}


def diff_risks(repo: Repo, base: str, head: str, config: RepoConfig) -> tuple[str, ...]:
    """Why what is between two commits wants a yes: sorted, a clause each that names its path.

    Raises GitError for a commit that is not here.
    """
    changes = repo.changes(base, head)
    links = _links(repo, head)
    found = {risk for change in changes for risk in _of_one(change, links, config)}
    found.update(_of_tests(repo, changes))
    lines = sum(more + less for more, less in repo.changed(base, head).values())
    found.update(too_many(len(changes), lines, config))
    return tuple(sorted(found))


def _of_one(change: Change, links: Links, config: RepoConfig) -> Iterator[str]:
    yield from reasons_for(change.path, config.protect.paths)
    for other in other_names(change.path, links):
        for why in reasons_for(other, config.protect.paths):
            yield named(change.path, f"it is also {why}")
    if change.after is None:
        yield deletes(change.path)
    elif why := _mode(change.before, change.after):
        yield named(change.path, why)


def _mode(before: Entry | None, after: Entry) -> str:
    if after.kind != "file":
        return _BECOMES[after.kind]
    if before and before.kind != "file":
        return f"it was a {before.kind} and becomes a file"
    became = after.mode != "100644" and (before is None or before.mode != after.mode)
    return "it becomes executable" if became else ""


def _of_tests(repo: Repo, changes: list[Change]) -> Iterator[str]:
    reading = read_changed(repo, changes)
    for path, why in risks_to_tests(reading.files):
        yield named(path, why)
    for path in reading.unread:
        yield named(path, "it is too large to be read for what it does to the tests")


def _links(repo: Repo, head: str) -> Links:
    links = {
        path: entry.sha
        for path, entry in repo.entries(head).items()
        if entry.kind == "symlink" and 0 < entry.size <= LONGEST_LINK
    }
    said = repo.blobs(sorted(set(links.values())))
    return links_to(
        (path, said[sha].decode(errors="surrogateescape"))
        for path, sha in links.items()
        if sha in said
    )
