"""Where things are inside a sandbox, and the environment a command finds there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runners.sandbox.outcome import Prepared

BASE_ENV = {
    "CI": "true",
    "LANG": "C.UTF-8",
    "LOGNAME": "bricklayer",
    "NO_COLOR": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "SHELL": "/bin/sh",
    "TERM": "dumb",
    "TZ": "UTC",
    "USER": "bricklayer",
}
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Where installers put commands: first in the setup folder, then in the checkout, then at home.
BINS = (
    ("setup", "venv/bin"),
    ("setup", "bin"),
    ("repo", ".venv/bin"),
    ("repo", "venv/bin"),
    ("repo", "node_modules/.bin"),
    ("repo", "vendor/bin"),
    ("home", ".local/bin"),
    ("home", ".cargo/bin"),
    ("home", "go/bin"),
)


@dataclass(frozen=True, slots=True)
class Places:
    """All a command may write is in `root` and `tmp`, each of the disk limit's size."""

    root: str
    setup: str
    home: str
    tmp: str

    @property
    def repo(self) -> str:
        return f"{self.root}/repo"


BOX = Places("/box", "/box/setup", "/box/home", "/tmp")  # noqa: S108 - a private one


def environment(
    places: Places, prepared: Prepared | None, toolchains: Sequence[Path], *more: Mapping[str, str]
) -> dict[str, str]:
    """Everything the command sees of an environment: nothing of this process's own is in it.

    `BRICKLAYER_PATH` becomes the front of PATH, which in a container only the image knows.
    """
    found = BASE_ENV | {"HOME": places.home, "TMPDIR": places.tmp, "PATH": SYSTEM_PATH}
    bins = [f"{folder}/bin" for folder in toolchains]
    if prepared:
        found["BRICKLAYER_SETUP"] = places.setup
        bins = prepared_bins(places, prepared) + bins
    for each in more:
        found |= each
    return found | {"BRICKLAYER_PATH": ":".join(bins)}


def prepared_bins(places: Places, prepared: Prepared) -> list[str]:
    """Folders of commands that setup made. None while it is still making them."""
    here = {"setup": places.setup, "repo": places.repo, "home": places.home}
    if prepared.writable:
        return []
    return [f"{here[room]}/{bin_}" for room, bin_ in BINS if (prepared.root / room / bin_).is_dir()]


def shown(prepared: Prepared, checkout: Path) -> list[tuple[Path, str]]:
    """What setup left at home and in the checkout, each with its path below the box.

    `.cache` stays away, tools must be able to write theirs; so does what the checkout has itself
    by now, or whose folder it has replaced by something that is none.
    """
    home = prepared.root / "home"
    at_home = sorted(home.iterdir()) if home.is_dir() else []
    rows = [(path, f"home/{path.name}") for path in at_home if path.name != ".cache"]
    rows += [
        (prepared.root / "repo" / name, f"repo/{name}")
        for name in prepared.fresh
        if _is_free(checkout, name)
    ]
    return rows


def _is_free(checkout: Path, name: str) -> bool:
    target = checkout / name
    if target.is_symlink() or target.exists():
        return False
    above = [checkout / parent for parent in Path(name).parents]
    return all(each.is_dir() and not each.is_symlink() for each in above)
