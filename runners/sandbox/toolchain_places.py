"""Where version managers and installers put toolchains, one function each.

Each function knows one manager: its root, how it writes down which version is the default, and
what a command of it needs besides its own folder.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from runners.sandbox.local_tools import find_local_tools, find_own_folders
from runners.sandbox.node_toolchains import find_fnm, find_n, find_nvm, find_volta
from runners.sandbox.plugin_toolchains import find_asdf, find_mise, find_sdkman
from runners.sandbox.toolchain_versions import (
    PROOF,
    Account,
    Candidate,
    default_first,
    list_folders,
    list_versions,
    order_version,
    read_note,
    read_toml,
)


def list_candidates(home: Path, env: Mapping[str, str]) -> Iterator[Candidate]:
    """In the order of the functions below, which is the order of preference for each name."""
    account = Account(home, env)
    for find in FINDERS:
        # A folder that may not be read has nothing for us.
        with suppress(OSError):
            yield from find(account)


def _find_rustup(account: Account) -> Iterator[Candidate]:
    """The proxies in CARGO_HOME/bin need RUSTUP_HOME. Cargo's own home stays the sandbox's.

    In ~/.cargo there may be credentials.toml, so its `bin` alone is shown.
    https://rust-lang.github.io/rustup/environment-variables.html
    https://doc.rust-lang.org/cargo/reference/config.html#credentials
    """
    cargo, rustup = account.root("CARGO_HOME", ".cargo"), account.root("RUSTUP_HOME", ".rustup")
    default = str(read_toml(rustup / "settings.toml").get("default_toolchain", ""))
    for version in (p.name for p in default_first(list_folders(rustup / "toolchains"), default)):
        env = {"RUSTUP_HOME": str(rustup)}
        if version != default:
            env["RUSTUP_TOOLCHAIN"] = version
        bins, proof = (cargo / "bin",), frozenset({"cargo"})
        yield Candidate("rust", version, "rustup", bins, (*bins, rustup), proof, env)


def _find_pyenv(account: Account) -> Iterator[Candidate]:
    """The first line of `version` is the global one: https://github.com/pyenv/pyenv#pyenv-version."""
    root = account.root("PYENV_ROOT", ".pyenv")
    default = read_note(root / "version")
    yield from list_versions("python", "pyenv", list_folders(root / "versions"), default)


def _find_uv_pythons(account: Account) -> Iterator[Candidate]:
    """https://docs.astral.sh/uv/concepts/python-versions/#managed-and-system-python-installations."""
    root = account.root("UV_PYTHON_INSTALL_DIR", ".local", "share", "uv", "python")
    for path in default_first(list_folders(root), ""):
        if found := re.fullmatch(r"[a-z]+-(\d[\w.+]*)-.*", path.name):
            bins = (path / "bin",)
            yield Candidate("python", found[1], "uv", bins, (path,), PROOF["python"])


def _find_conda(account: Account) -> Iterator[Candidate]:
    for name in ("miniforge3", "miniconda3", "mambaforge", "anaconda3"):
        root = account.home / name
        yield Candidate("python", "", name, (root / "bin",), (root,), PROOF["python"])


def _find_go(account: Account) -> Iterator[Candidate]:
    """`go` finds GOROOT from its own path: https://go.dev/doc/install, https://go.dev/doc/manage-install."""
    roots = [Path(account.env.get("GOROOT", "")), Path("/usr/local/go"), account.home / ".local/go"]
    roots += sorted((account.home / "sdk").glob("go*"), key=lambda path: order_version(path.name))[
        ::-1
    ]
    for root in roots:
        if root.is_absolute():
            version = re.search(r"go(\d[\w.]*)", f"{read_note(root / 'VERSION')} {root.name}")
            number = version[1] if version else ""
            yield Candidate("go", number, "go", (root / "bin",), (root,), PROOF["go"])


def _find_goenv(account: Account) -> Iterator[Candidate]:
    root = account.root("GOENV_ROOT", ".goenv")
    default = read_note(root / "version")
    yield from list_versions("go", "goenv", list_folders(root / "versions"), default)


def _find_rbenv(account: Account) -> Iterator[Candidate]:
    root = account.root("RBENV_ROOT", ".rbenv")
    default = read_note(root / "version")
    yield from list_versions("ruby", "rbenv", list_folders(root / "versions"), default)


FINDERS: tuple[Callable[[Account], Iterator[Candidate]], ...] = (
    _find_rustup,
    find_nvm,
    find_fnm,
    find_volta,
    find_n,
    _find_pyenv,
    _find_uv_pythons,
    _find_go,
    _find_goenv,
    _find_rbenv,
    find_sdkman,
    find_asdf,
    find_mise,
    _find_conda,
    find_own_folders,
    find_local_tools,
)
