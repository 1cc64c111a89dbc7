"""What of this machine's toolchains a sandbox shows: the setting `toolchains`, and Python."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.config.paths import find_home, resolve_path
from bot.errors import UserError, find_nearest
from runners.sandbox.toolchains import Toolchain, choose_toolchain, find_toolchains

SYSTEM = Path("/usr")
NEVER_SHOWN = tuple(
    Path("/", name)
    for name in ("", "box", "dev", "etc", "home", "opt", "proc", "root", "run", "sys", "tmp", "var")
)
# Of a home folder: they hold keys, tokens and much else that is no toolchain.
PRIVATE_AT_HOME = (
    ".aws", ".azure", ".config", ".config/gh", ".config/gcloud", ".docker", ".gnupg", ".kube",
    ".local", ".local/share", ".local/share/keyrings", ".local/state", ".m2", ".ssh",
)  # fmt: skip
# Where tools keep credentials beside what they install. Below a folder that is shown these are
# empty: https://doc.rust-lang.org/cargo/reference/config.html#credentials
# https://docs.npmjs.com/cli/v10/configuring-npm/npmrc#files
CREDENTIAL_FILES = (
    ".git-credentials", ".netrc", ".npmrc", ".pypirc", ".yarnrc.yml", "auth.json", "credentials",
    "credentials.toml", "etc/npmrc", "gradle.properties", "init.gradle", "settings-security.xml",
    "settings.xml",
)  # fmt: skip
NAMES_IN_PATHS = ("/", "~", ".")
"""What a path of the setting begins with; any other word is a toolchain's name."""


@dataclass(frozen=True, slots=True)
class ShownTools:
    """`mounts` are read-only at their own path, `covered` files among them that are empty.

    `bins` are the folders for PATH.
    """

    mounts: tuple[Path, ...] = ()
    bins: tuple[Path, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    covered: tuple[Path, ...] = ()


def choose_shown_tools(named: Sequence[str] = ()) -> ShownTools:
    """The named ones; the virtual environment active where the bot was started; and its Python.

    That environment, if any, has the `python` its user meant. The bot's own virtual environment is
    not among them: a check must not find the bot's libraries by accident.
    """
    active_environment = _virtual_environment(os.environ.get("VIRTUAL_ENV", ""))
    python = [p for p in (Path(sys.base_prefix).resolve(),) if _is_python(p)]
    shown = [each for name in named for each in _choose_named(name)]
    shown += [_show_folder(path) for path in (*active_environment, *python)]
    mounts = dict.fromkeys(path for each in shown for path in each.mounts)
    env: dict[str, str] = {}
    for each in reversed(shown):
        env |= each.env
    outside = [path for path in mounts if not path.is_relative_to(SYSTEM)]
    bins = dict.fromkeys(
        path for each in shown for path in each.bins if not _is_on_system_path(path)
    )
    # A folder before what is below it: a later mount would hide an earlier one under it.
    ordered = tuple(sorted(outside, key=lambda path: len(path.parts)))
    return ShownTools(ordered, tuple(bins), env, tuple(_list_credentials(ordered)))


def name_toolchains(found: Iterable[Toolchain]) -> list[str]:
    """How the setting names those that were found, each once."""
    return list(dict.fromkeys(each.name for each in found))


def _choose_named(name: str) -> list[ShownTools]:
    """A name, as `rust` or `node@18`; or a path, which brings along what belongs to it."""
    found = find_toolchains(find_home()) if _has_home() else ()
    if name.startswith(NAMES_IN_PATHS) or "/" in name:
        path = _require_toolchain(name)
        same = next((each for each in found if _belongs(path, each)), None)
        return [_show_folder(path), *([_show_toolchain(same)] if same else [])]
    toolchain = choose_toolchain(found, name)
    if toolchain is None:
        raise _unknown_toolchain(name, found)
    return [_show_toolchain(toolchain)]


def _belongs(path: Path, toolchain: Toolchain) -> bool:
    """Whether the folder is what the toolchain's own are in: ~/.cargo, ~/.rustup or ~/.nvm."""
    return any(each.is_relative_to(path) for each in (*toolchain.shown, *toolchain.bins))


def _show_toolchain(toolchain: Toolchain) -> ShownTools:
    return ShownTools(toolchain.shown, toolchain.bins, toolchain.env)


def _show_folder(path: Path) -> ShownTools:
    if path.is_file():
        return ShownTools((path,), (path.parent,))
    return ShownTools((path,), (path if path.name == "bin" else path / "bin",))


def _unknown_toolchain(name: str, found: Sequence[Toolchain]) -> UserError:
    names = name_toolchains(found)
    versions = [each.version for each in found if each.name == name.partition("@")[0]]
    if versions:
        hint = f"There are: {', '.join(dict.fromkeys(versions))}."
    elif close := find_nearest(name, names):
        hint = f"Did you mean {close}?"
    else:
        there = f"Found here: {', '.join(names)}." if names else "None was found in your home."
        hint = f"{there} Any other is named by its folder: ~/tools/{name}, the one that has a bin."
    return UserError(f"no toolchain {name!r} was found", where="toolchains", hint=hint)


def _require_toolchain(name: str) -> Path:
    path = resolve_path(name, where="toolchains")
    is_there = path.is_dir() or (path.is_file() and os.access(path, os.X_OK))
    if not is_there or path.resolve() in NEVER_SHOWN or _is_private(path.resolve()):
        raise UserError(
            f"{name} cannot be shown to checks",
            where="toolchains",
            hint='Name a toolchain, "rust" say; or the folder of one, with a bin folder in it; or'
            " the file of a single command.",
        )
    # A single command stays what it is called: what it links to may have another name.
    return path.resolve() if path.is_dir() else path


def _is_private(path: Path) -> bool:
    """A home folder, what holds it, and what in it is no toolchain."""
    if not _has_home():  # an account without a home has none to hide
        return False
    home = find_home().resolve()
    return home.is_relative_to(path) or path in {home / name for name in PRIVATE_AT_HOME}


def _has_home() -> bool:
    with suppress(UserError):
        return bool(find_home())
    return False


def _list_credentials(mounts: Sequence[Path]) -> Iterable[Path]:
    """Links aside: what they lead to is not shown by them."""
    for folder in mounts:
        for path in (folder / name for name in CREDENTIAL_FILES):
            with suppress(OSError):
                if path.is_file() and not path.is_symlink():
                    yield path


def _is_on_system_path(path: Path) -> bool:
    return path in (SYSTEM / "bin", SYSTEM / "sbin", SYSTEM / "local/bin", SYSTEM / "local/sbin")


def _virtual_environment(name: str) -> Iterable[Path]:
    """The environment, and the installation its interpreter is a link into."""
    config = Path(name) / "pyvenv.cfg"
    if not name or not config.is_file():
        return
    yield Path(name).resolve()
    # `home` names the folder of the interpreter: https://docs.python.org/3.11/library/venv.html
    for line in config.read_text(errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "home" and _is_python(prefix := Path(value.strip()).resolve().parent):
            yield prefix


def _is_python(prefix: Path) -> bool:
    """Looks like an installation and is nothing wider: neither a home folder nor a system one."""
    inside = prefix not in NEVER_SHOWN and not _is_private(prefix)
    return inside and any(prefix.glob("lib/python3*"))
