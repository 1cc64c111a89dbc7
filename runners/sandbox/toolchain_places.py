"""Where version managers and installers put toolchains, one function each.

Each function knows one manager: its root, how it writes down which version is the default, and
what a command of it needs besides its own folder.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.bounded_read import read_head

MAX_VERSIONS = 60
MAX_NOTE_BYTES = 64 * 1024
"""Of a file in which a manager writes down its default."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A toolchain if a command of `proof` is in `bins`; of its commands `only` these are shown."""

    name: str
    version: str
    manager: str
    bins: tuple[Path, ...]
    shown: tuple[Path, ...]
    proof: frozenset[str]
    env: Mapping[str, str] = field(default_factory=dict)
    only: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Account:
    """Whose toolchains they are: the home folder, and what the environment says of other places."""

    home: Path
    env: Mapping[str, str]

    def root(self, variable: str, *default: str) -> Path:
        named = Path(self.env.get(variable, ""))
        return named if named.is_absolute() else self.home.joinpath(*default)

    @property
    def data(self) -> Path:
        return self.root("XDG_DATA_HOME", ".local", "share")


def list_candidates(home: Path, env: Mapping[str, str]) -> Iterator[Candidate]:
    """In the order of the functions below, which is the order of preference for each name."""
    account = Account(home, env)
    for find in FINDERS:
        # A folder that may not be read has nothing for us.
        with suppress(OSError):
            yield from find(account)


# A toolchain and the commands of which one proves that it is there.
PROOF = {
    "node": frozenset({"node"}),
    "python": frozenset({"python3", "python"}),
    "go": frozenset({"go"}),
    "ruby": frozenset({"ruby"}),
    "java": frozenset({"java"}),
}


def _find_rustup(account: Account) -> Iterator[Candidate]:
    """The proxies in CARGO_HOME/bin need RUSTUP_HOME. Cargo's own home stays the sandbox's.

    In ~/.cargo there may be credentials.toml, so its `bin` alone is shown.
    https://rust-lang.github.io/rustup/environment-variables.html
    https://doc.rust-lang.org/cargo/reference/config.html#credentials
    """
    cargo, rustup = account.root("CARGO_HOME", ".cargo"), account.root("RUSTUP_HOME", ".rustup")
    default = str(_read_toml(rustup / "settings.toml").get("default_toolchain", ""))
    for version in (p.name for p in _default_first(_list_folders(rustup / "toolchains"), default)):
        env = {"RUSTUP_HOME": str(rustup)}
        if version != default:
            env["RUSTUP_TOOLCHAIN"] = version
        bins, proof = (cargo / "bin",), frozenset({"cargo"})
        yield Candidate("rust", version, "rustup", bins, (*bins, rustup), proof, env)


def _find_nvm(account: Account) -> Iterator[Candidate]:
    """https://github.com/nvm-sh/nvm#set-default-node-version."""
    root = account.root("NVM_DIR", ".nvm")
    versions = _list_folders(root / "versions" / "node")
    default = _follow_alias(root / "alias", "default", [path.name for path in versions])
    yield from _list_versions("node", "nvm", versions, default)


def _follow_alias(folder: Path, name: str, versions: Sequence[str]) -> str:
    """An alias is a file that holds a version, a part of one, or another alias."""
    for _ in range(5):
        text = _read_note(folder / name) if ".." not in name else ""
        if not text:
            break
        name = text
    if name in {"node", "stable", "default"}:
        return max(versions, key=_order, default="")
    plain = name.removeprefix("v")
    fitting = [each for each in versions if f"{each.removeprefix('v')}.".startswith(f"{plain}.")]
    return max(fitting, key=_order, default="")


def _find_fnm(account: Account) -> Iterator[Candidate]:
    """https://github.com/Schniz/fnm/blob/master/docs/configuration.md."""
    for root in (account.root("FNM_DIR", ".local", "share", "fnm"), account.home / ".fnm"):
        versions = _list_folders(root / "node-versions")
        default = (root / "aliases" / "default").resolve().parent.name
        yield from _list_versions("node", "fnm", versions, default, below="installation")


def _find_volta(account: Account) -> Iterator[Candidate]:
    root = account.root("VOLTA_HOME", ".volta")
    platform = _read_json(root / "tools" / "user" / "platform.json").get("node")
    default = str(platform.get("runtime", "")) if isinstance(platform, dict) else ""
    versions = _list_folders(root / "tools" / "image" / "node")
    yield from _list_versions("node", "volta", versions, default)


def _find_n(account: Account) -> Iterator[Candidate]:
    root = account.root("N_PREFIX", "n")
    yield Candidate("node", "", "n", (root / "bin",), (root / "bin", root / "lib"), PROOF["node"])


def _find_pyenv(account: Account) -> Iterator[Candidate]:
    """The first line of `version` is the global one: https://github.com/pyenv/pyenv#pyenv-version."""
    root = account.root("PYENV_ROOT", ".pyenv")
    default = _read_note(root / "version")
    yield from _list_versions("python", "pyenv", _list_folders(root / "versions"), default)


def _find_uv_pythons(account: Account) -> Iterator[Candidate]:
    """https://docs.astral.sh/uv/concepts/python-versions/#managed-and-system-python-installations."""
    root = account.root("UV_PYTHON_INSTALL_DIR", ".local", "share", "uv", "python")
    for path in _default_first(_list_folders(root), ""):
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
    roots += sorted((account.home / "sdk").glob("go*"), key=lambda path: _order(path.name))[::-1]
    for root in roots:
        if root.is_absolute():
            version = re.search(r"go(\d[\w.]*)", f"{_read_note(root / 'VERSION')} {root.name}")
            number = version[1] if version else ""
            yield Candidate("go", number, "go", (root / "bin",), (root,), PROOF["go"])


def _find_goenv(account: Account) -> Iterator[Candidate]:
    root = account.root("GOENV_ROOT", ".goenv")
    default = _read_note(root / "version")
    yield from _list_versions("go", "goenv", _list_folders(root / "versions"), default)


def _find_rbenv(account: Account) -> Iterator[Candidate]:
    root = account.root("RBENV_ROOT", ".rbenv")
    default = _read_note(root / "version")
    yield from _list_versions("ruby", "rbenv", _list_folders(root / "versions"), default)


# A tool of SDKMAN and the command that proves it: https://sdkman.io/sdks
SDKMAN_TOOLS = {
    "java": "java", "gradle": "gradle", "maven": "mvn", "kotlin": "kotlinc", "sbt": "sbt",
    "scala": "scala",
}  # fmt: skip


def _find_sdkman(account: Account) -> Iterator[Candidate]:
    root = account.root("SDKMAN_DIR", ".sdkman") / "candidates"
    for name, command in SDKMAN_TOOLS.items():
        versions = [path for path in _list_folders(root / name) if path.name != "current"]
        default = (root / name / "current").resolve().name
        for path in _default_first(versions, default):
            env = {"JAVA_HOME": str(path)} if name == "java" else {}
            proof = frozenset({command})
            yield Candidate(name, path.name, "sdkman", (path / "bin",), (path,), proof, env)


# Plugins of asdf and tools of mise, with the folder of the installation that is its root.
ASDF_NAMES = {"nodejs": "node", "golang": "go", "python": "python", "ruby": "ruby", "java": "java"}
MISE_NAMES = {"node": "node", "go": "go", "python": "python", "ruby": "ruby", "java": "java"}


def _find_asdf(account: Account) -> Iterator[Candidate]:
    """https://asdf-vm.com/manage/configuration.html: defaults are in ~/.tool-versions."""
    root = account.root("ASDF_DATA_DIR", ".asdf") / "installs"
    lines = (line.split() for line in _read_text(account.home / ".tool-versions").splitlines())
    defaults = {words[0]: words[1] for words in lines if len(words) > 1}
    yield from _find_plugins(root, "asdf", ASDF_NAMES, defaults)


def _find_mise(account: Account) -> Iterator[Candidate]:
    """https://mise.jdx.dev/directories.html. Links like `20` lead to a version and are no other."""
    root = account.root("MISE_DATA_DIR", ".local", "share", "mise") / "installs"
    config = account.root("XDG_CONFIG_HOME", ".config") / "mise" / "config.toml"
    tools = _read_toml(config).get("tools")
    named = tools.items() if isinstance(tools, dict) else ()
    defaults = {str(tool): str(version) for tool, version in named if isinstance(version, str)}
    yield from _find_plugins(root, "mise", MISE_NAMES, defaults)


def _find_plugins(
    root: Path, manager: str, names: Mapping[str, str], defaults: Mapping[str, str]
) -> Iterator[Candidate]:
    for plugin, name in names.items():
        versions = [path for path in _list_folders(root / plugin) if not path.is_symlink()]
        known = [path.name for path in versions]
        wanted = defaults.get(plugin, "")
        fitting = [each for each in known if each == wanted or each.startswith(f"{wanted}.")]
        default = max(fitting, key=_order, default="") if wanted else ""
        # asdf's plugin for Go has the installation one folder further down.
        below = "go" if plugin == "golang" else ""
        yield from _list_versions(name, manager, versions, default, below=below)


# Installers that have one folder at home: its variable, its place, and the command.
OWN_FOLDERS = (
    ("bun", "BUN_INSTALL", (".bun",), "bin"),
    ("deno", "DENO_INSTALL", (".deno",), "bin"),
    ("pnpm", "PNPM_HOME", (".local", "share", "pnpm"), ""),
    ("dotnet", "DOTNET_ROOT", (".dotnet",), ""),
)


def _find_own_folders(account: Account) -> Iterator[Candidate]:
    for name, variable, place, below in OWN_FOLDERS:
        root = account.root(variable, *place)
        env = {variable: str(root)} if name == "dotnet" else {}
        shown = root / below if below else root
        yield Candidate(name, "", name, (root / below,), (shown,), frozenset({name}), env)


# Tools that people install with pipx, `uv tool` or by a script, each with what comes beside it.
LOCAL_TOOLS = (
    ("uv", "uvx"), ("poetry",), ("pdm",), ("hatch",), ("pipenv",), ("tox",), ("nox",),
    ("pre-commit",), ("just",), ("task",), ("cmake", "ctest"), ("ninja",), ("meson",), ("yarn",),
    ("pnpm",), ("mise",),
)  # fmt: skip


def _find_local_tools(account: Account) -> Iterator[Candidate]:
    """Single files in ~/.local/bin, and the environments that links there lead into.

    https://pipx.pypa.io/stable/how-to/configure-paths.html
    https://docs.astral.sh/uv/reference/storage/#tool-executables
    """
    for folder in (account.home / ".local" / "bin", account.root("CARGO_HOME", ".cargo") / "bin"):
        for names in LOCAL_TOOLS:
            files = [folder / name for name in names if (folder / name).is_file()]
            if not files:
                continue
            shown = dict.fromkeys(
                path for file in files for path in (file, *_behind(file, account))
            )
            proof = frozenset(names)
            yield Candidate(
                names[0], "", str(folder.parent.name), (folder,), tuple(shown), proof, {}, proof
            )


def _behind(file: Path, account: Account) -> Iterator[Path]:
    """What a link in a folder of commands leads into: a file, or the environment it is of."""
    real = file.resolve()
    environment = real.parent.parent
    if (environment / "pyvenv.cfg").is_file():
        yield environment
        home = re.search(r"^home\s*=\s*(.+)$", _read_text(environment / "pyvenv.cfg"), re.MULTILINE)
        if home and (python := Path(home[1].strip()).resolve().parent).is_relative_to(account.home):
            yield python
    elif file.is_symlink():
        yield real


def _list_versions(
    name: str, manager: str, folders: Sequence[Path], default: str, *, below: str = ""
) -> Iterator[Candidate]:
    for path in _default_first(folders, default):
        root = path / below if below else path
        env = {"JAVA_HOME": str(root)} if name == "java" else {}
        version = path.name.removeprefix("v")
        yield Candidate(name, version, manager, (root / "bin",), (root,), PROOF[name], env)


def _default_first(folders: Sequence[Path], default: str) -> list[Path]:
    """The default, then from the newest to the oldest."""
    newest_first = sorted(folders, key=lambda path: _order(path.name), reverse=True)
    return sorted(newest_first, key=lambda path: path.name != default)


def _list_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir())[:MAX_VERSIONS]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d{1,9}", version)[:8])


def _read_note(path: Path) -> str:
    """The first line of a small file, empty where there is none."""
    return next(iter(_read_text(path).split("\n")), "").strip()


def _read_text(path: Path) -> str:
    return read_head(path, MAX_NOTE_BYTES)


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _read_json(path: Path) -> dict[str, object]:
    try:
        found = json.loads(_read_text(path))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


FINDERS: tuple[Callable[[Account], Iterator[Candidate]], ...] = (
    _find_rustup,
    _find_nvm,
    _find_fnm,
    _find_volta,
    _find_n,
    _find_pyenv,
    _find_uv_pythons,
    _find_go,
    _find_goenv,
    _find_rbenv,
    _find_sdkman,
    _find_asdf,
    _find_mise,
    _find_conda,
    _find_own_folders,
    _find_local_tools,
)
