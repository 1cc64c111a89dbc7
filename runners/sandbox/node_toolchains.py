"""Where the version managers of Node.js put it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from runners.sandbox.toolchain_versions import (
    PROOF,
    Account,
    Candidate,
    list_folders,
    list_versions,
    order_version,
    read_json,
    read_note,
)


def find_nvm(account: Account) -> Iterator[Candidate]:
    """https://github.com/nvm-sh/nvm#set-default-node-version."""
    root = account.root("NVM_DIR", ".nvm")
    versions = list_folders(root / "versions" / "node")
    default = _follow_alias(root / "alias", "default", [path.name for path in versions])
    yield from list_versions("node", "nvm", versions, default)


def _follow_alias(folder: Path, name: str, versions: Sequence[str]) -> str:
    """An alias is a file that holds a version, a part of one, or another alias."""
    for _ in range(5):
        text = read_note(folder / name) if ".." not in name else ""
        if not text:
            break
        name = text
    if name in {"node", "stable", "default"}:
        return max(versions, key=order_version, default="")
    plain = name.removeprefix("v")
    fitting = [each for each in versions if f"{each.removeprefix('v')}.".startswith(f"{plain}.")]
    return max(fitting, key=order_version, default="")


def find_fnm(account: Account) -> Iterator[Candidate]:
    """https://github.com/Schniz/fnm/blob/master/docs/configuration.md."""
    for root in (account.root("FNM_DIR", ".local", "share", "fnm"), account.home / ".fnm"):
        versions = list_folders(root / "node-versions")
        default = (root / "aliases" / "default").resolve().parent.name
        yield from list_versions("node", "fnm", versions, default, below="installation")


def find_volta(account: Account) -> Iterator[Candidate]:
    root = account.root("VOLTA_HOME", ".volta")
    platform = read_json(root / "tools" / "user" / "platform.json").get("node")
    default = str(platform.get("runtime", "")) if isinstance(platform, dict) else ""
    versions = list_folders(root / "tools" / "image" / "node")
    yield from list_versions("node", "volta", versions, default)


def find_n(account: Account) -> Iterator[Candidate]:
    root = account.root("N_PREFIX", "n")
    yield Candidate("node", "", "n", (root / "bin",), (root / "bin", root / "lib"), PROOF["node"])
