"""Caches of `[setup]` come to an end: unused for a month, or the least used of too many."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.config.machine import Settings, state_dir
from bot.locks import lock_exclusive, try_lock

DONE_FILE = "complete.json"
LEASE_FILE = "in-use"
DAY_SECONDS = 24 * 3600.0
MAX_IDLE_SECONDS = 30 * DAY_SECONDS
CUT_OFF_SECONDS = DAY_SECONDS
"""After which nobody is making what is not complete: setup's own timeout is shorter."""
BY_HAND = "Remove it by hand, as the account that its files belong to."


@dataclass(frozen=True, slots=True)
class SetupCache:
    """`size` in bytes; `used` is when a job began to use it, since the epoch."""

    root: Path
    size: int
    used: float
    is_complete: bool


def find_caches(settings: Settings) -> list[SetupCache]:
    """Of all repositories on this machine, those of an older form as incomplete."""
    found = (state_dir(settings) / "repos").glob("*/setup/*/")
    return [cache for root in found if (cache := _read_cache(root))]


def choose_ended(
    caches: list[SetupCache], max_bytes: int, now: float
) -> Iterator[tuple[SetupCache, str]]:
    """Which are to go, and why: too old first, then the least recently used beyond the size."""
    kept = []
    for cache in caches:
        idle = now - cache.used
        if idle > (MAX_IDLE_SECONDS if cache.is_complete else CUT_OFF_SECONDS):
            yield cache, "unused for 30 days" if cache.is_complete else "cut off"
        elif cache.is_complete:
            kept.append(cache)
    excess = sum(cache.size for cache in kept) - max_bytes
    for cache in sorted(kept, key=lambda each: each.used):
        if excess > 0:
            excess -= cache.size
            yield cache, "over setup_cache"


def sweep_caches(settings: Settings, tell: Callable[[str], None]) -> None:
    """Remove what has come to its end and is not in use; each is told in a line."""
    chosen = choose_ended(find_caches(settings), settings.setup_cache << 20, time.time())
    for cache, why in chosen:
        told = f"a cache of [setup], {cache.size >> 20} MiB, {why}: {cache.root}"
        came = remove_cache(cache)
        if came != "in use":
            tell(f"could not remove {told}. {BY_HAND}" if came == "left" else f"removed {told}")


def remove_cache(
    cache: SetupCache, remove: Callable[[Path], object] | None = None
) -> Literal["removed", "left", "in use"]:
    """What came of it; what a job uses, or makes just now, is not touched."""
    with try_lock(cache.root.parent / f"{cache.root.name.split('-')[0]}.lock") as alone:
        if not (alone and _is_free(cache.root)):
            return "in use"
        (remove or remove_tree)(cache.root)
        return "left" if cache.root.exists() else "removed"


def remove_tree(root: Path) -> None:
    """Its folders are opened first: Go's modules, for one, lie in folders that nobody may write.

    By programs that go to any depth, where Python ends some thousand folders down. Neither follows
    a link within: https://www.gnu.org/software/coreutils/manual/html_node/chmod-invocation.html
    https://go.dev/ref/mod#module-cache
    """
    (root / DONE_FILE).unlink(missing_ok=True)
    if root.is_dir() and not root.is_symlink():
        for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run([*command, "--", str(root)], capture_output=True, check=False)


def _is_free(root: Path) -> bool:
    """Whoever uses it has the lease open, shared."""
    lease = root / LEASE_FILE
    if not lease.is_file():
        return True
    with lease.open("a") as file:
        return lock_exclusive(file)


def _read_cache(root: Path) -> SetupCache | None:
    try:
        done = root / DONE_FILE
        told = json.loads(done.read_text()) if done.is_file() else None
        lease = root / LEASE_FILE
        used = (lease if lease.is_file() else root).stat().st_mtime
        if isinstance(told, dict):
            return SetupCache(root, int(told["size"]), used, is_complete=True)
        return SetupCache(root, 0, used, is_complete=False)
    except (OSError, ValueError, KeyError):  # somebody removes it just now
        return None
