"""The other names a path has in a tree, through its symbolic links."""

import posixpath
from collections.abc import Iterable, Mapping

Links = Mapping[str, tuple[str, ...]]
"""A path, and the links that lead to it."""

DEEPEST = 8
MOST = 500
"""Links may lead round in circles; nobody follows more of them than this."""


def links_to(targets: Iterable[tuple[str, str]]) -> Links:
    """Out of links and what they say: those that stay inside the tree, and outside themselves."""
    found: dict[str, list[str]] = {}
    for link, said in sorted(targets):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(link), said))
        outside = target == ".." or target.startswith("../")
        if not outside and not f"{link}/".startswith(f"{target}/"):
            found.setdefault(target, []).append(link)
    return {target: tuple(links) for target, links in found.items()}


def other_names(path: str, links: Links) -> tuple[str, ...]:
    """Every path by which `path` is reached through links, those through links to links too."""
    known = {path: 0}
    waiting = [path]
    for name in waiting:
        if known[name] == DEEPEST or len(known) > MOST:
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
