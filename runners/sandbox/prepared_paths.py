"""What `[setup]` left, path by path: read-only for a check, or a copy or layer of its own.

A build folder that may only be read is of no use to cargo, tox, CMake or Gradle. What a check
writes is in memory, as all that it writes: no other check sees it, and the cache never does.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from runners.sandbox.model import Prepared

SMALL_BYTES = 16 << 20
"""What is no larger is copied for each check, whatever its name: that takes some 20 ms."""
COPIED_SHARE = 2
"""All that is copied without being named takes one part in so many of the check's disk."""
# Folders that a build goes on from, by their names: cargo, tox, nox, CMake, Gradle, Meson, Swift,
# Next, Nuxt, SvelteKit, Turborepo, .NET; and caches of theirs at home.
BUILD_FOLDERS = frozenset(
    {
        "target", ".tox", ".nox", "build", "_build", "builddir", "cmake-build-debug",
        "cmake-build-release", ".gradle", ".build", ".next", ".nuxt", ".svelte-kit", ".turbo",
        "obj", "dist", "out", ".eggs", ".mypy_cache", ".pytest_cache", ".ruff_cache",
        "go-build", "ccache", "sccache",
    }
)  # fmt: skip
MODULE_FOLDER = "node_modules"
MODULE_CACHES = (".cache", ".vite", ".vite-temp")
"""Below node_modules, where bundlers and test runners write: https://vite.dev/config/shared-options#cachedir"""

# npm fails to tell why a command failed where it can write no log:
# https://docs.npmjs.com/cli/v10/using-npm/logging
HOME_CACHES = ("home/.npm/_logs",)


@dataclass(frozen=True, slots=True)
class PreparedPath:
    """`inside` is its path below the box, `repo/target` say, and below the cache's root as well."""

    source: Path
    inside: str
    kind: Literal["folder", "file", "link"]
    is_copied: bool


def choose_copied(
    sizes: Mapping[str, int], named: Iterable[str], disk_bytes: int
) -> tuple[str, ...]:
    """Of what setup left, by bytes, what a check gets as its own: the named, and what is likely.

    Likely is what has the name of a build folder or is small, the smallest first, as far as there
    is room.
    """
    chosen = [inside for inside in sizes if inside in set(named)]
    likely = sorted((size, inside) for inside, size in sizes.items() if _is_likely(inside, size))
    room = disk_bytes // COPIED_SHARE
    for size, inside in likely:
        room -= size
        if room < 0:
            break
        chosen.append(inside)
    return tuple(dict.fromkeys(chosen))


def _is_likely(inside: str, size: int) -> bool:
    return size <= SMALL_BYTES or PurePosixPath(inside).name in BUILD_FOLDERS


def list_prepared_paths(prepared: Prepared, checkout: Path) -> Iterator[PreparedPath]:
    """What setup left at home and in the checkout.

    Of `.cache` only what is copied: tools must be able to write theirs. What the checkout has
    itself by now stays away, and so does what is in a folder that it replaced by something else.
    """
    home, copied = prepared.root / "home", frozenset(prepared.copied)
    at_home = sorted(home.iterdir()) if home.is_dir() else []
    found = [(path, f"home/{path.name}") for path in at_home if path.name != ".cache"]
    cached = sorted(inside for inside in copied if inside.startswith("home/.cache/"))
    found += [(prepared.root / inside, inside) for inside in cached]
    found += [
        (prepared.root / "repo" / name, f"repo/{name}")
        for name in prepared.fresh
        if _is_free(checkout, name)
    ]
    for path, inside in found:
        kind: Literal["folder", "file", "link"] = "folder" if path.is_dir() else "file"
        yield PreparedPath(
            path, inside, "link" if path.is_symlink() else kind, is_copied=inside in copied
        )


def list_nested(prepared: Prepared, paths: Iterable[PreparedPath]) -> list[str]:
    """Folders that are writable within one that is only read."""
    read_only = [path.inside for path in paths if path.kind == "folder" and not path.is_copied]
    return [
        inside
        for inside in prepared.nested
        if any(inside.startswith(f"{folder}/") for folder in read_only)
    ]


def place_commands(  # noqa: PLR0913 - three ways to place a path, and from where to where
    copied: Iterable[str],
    linked: Iterable[str],
    source: str,
    box: str,
    *,
    filled: Iterable[str] = (),
    has_layers: bool = False,
) -> str:
    """Shell lines that copy these paths from `source` into `box`, and link to those.

    `filled` are folders that are there and get the content. Run where the checkout's copy stands
    already. All of its files become younger than what setup built, for by that a build tells what
    it must do again: what was built of other code must never be taken for this one's.
    """
    lines = []
    if (copied := list(copied)) or has_layers:
        lines.append(': > "$TMPDIR/.now"')
        # Neither into what is mounted there nor through links.
        touch = '-type f -exec touch -r "$TMPDIR/.now" {} +'
        lines.append(f'find "$repo" -xdev {touch}')
        lines.append('rm "$TMPDIR/.now"')
    for command, paths in (("cp -a", copied), ("ln -s", linked)):
        for folder, names in _by_folder(paths).items():
            target = f"{box}/{folder}" if folder != "." else box
            lines.append(shlex.join(["mkdir", "-p", target]))
            sources = [f"{source}/{name}" for name in names]
            lines.append(f"{command} {shlex.join(sources)} {shlex.quote(target)}/")
    lines += [shlex.join(["cp", "-a", f"{source}/{path}/.", f"{box}/{path}/"]) for path in filled]
    return "".join(f"{line} || exit 125\n" for line in lines)


def git_commands(folder: str, history: str) -> str:
    """Shell lines that give the checkout's copy its `.git`, from where these two are shown.

    Its index knows no times of files yet: without them commands that only compare times would call
    all of it changed.
    """
    lines = [
        f'cp -a {shlex.quote(folder)} "$repo/.git"',
        f'printf "%s\\n" {shlex.quote(history)}/objects >"$repo/.git/objects/info/alternates"',
        "if command -v git >/dev/null; then git update-index -q --refresh >/dev/null; fi",
    ]
    return "".join(f"{line} || exit 125\n" for line in lines)


def _by_folder(paths: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(str(PurePosixPath(path).parent), []).append(path)
    return found


def _is_free(checkout: Path, name: str) -> bool:
    target = checkout / name
    if target.is_symlink() or target.exists():
        return False
    above = [checkout / parent for parent in Path(name).parents]
    return all(folder.is_dir() and not folder.is_symlink() for folder in above)
