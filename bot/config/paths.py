"""Reading paths from the environment and the settings, and making them absolute.

git, the sandbox and the workers run in folders of their own: a path that depends on the working
folder would mean another place to each of them.
"""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path

from bot.errors import UserError


def find_config_home() -> Path:
    return _find_base("XDG_CONFIG_HOME", ".config")


def find_cache_home() -> Path:
    return _find_base("XDG_CACHE_HOME", ".cache")


def find_state_home() -> Path:
    return _find_base("XDG_STATE_HOME", ".local/state")


def find_home(env: Mapping[str, str] = os.environ) -> Path:
    """The account's home folder: $HOME where it is absolute, else what the system has on record.

    An empty HOME is no home: `Path.home()` makes the root folder of it, and keeps a relative one
    (https://docs.python.org/3.11/library/os.path.html#os.path.expanduser). Raises UserError where
    the account has none, as in a container that runs under a number without a name.
    """
    for home in (Path(env.get("HOME", "")), Path(_recorded_home())):
        if home.is_absolute():
            return home
    raise UserError(
        "this account has no home folder", where="HOME", hint="Set HOME to an absolute path."
    )


def resolve_path(text: str, *, where: str) -> Path:
    """`text` as an absolute path, `~` and `~name` expanded; relative to the working folder.

    `where` names the setting. Raises UserError for what no file system has.
    """
    if not text or "\0" in text:
        raise UserError("not a path", where=where, hint="Write the path of a file or a folder.")
    name, _, rest = text.partition("/")
    if not name.startswith("~"):
        return Path(text).absolute()
    if name == "~":
        return find_home() / rest.lstrip("/")
    try:
        # RuntimeError where the account is unknown:
        # https://docs.python.org/3.11/library/pathlib.html#pathlib.Path.expanduser
        return Path(name).expanduser() / rest.lstrip("/")
    except RuntimeError as exc:
        hint = "Write the path from / on, or ~/."
        raise UserError(f"{name} is no account here", where=where, hint=hint) from exc


def make_tmpdir_absolute() -> None:
    """Make TMPDIR, TEMP and TMP absolute for this process and those it starts.

    `tempfile` takes a folder from them and keeps `.` relative; git, which runs elsewhere, would
    look for its index there. https://docs.python.org/3.11/library/tempfile.html#tempfile.gettempdir
    """
    for name in ("TMPDIR", "TEMP", "TMP"):
        if folder := os.environ.get(name):
            os.environ[name] = str(Path(folder).absolute())


def absolute_only(text: str) -> str:
    """Validates a setting: empty, or a path that is the same wherever a command is started."""
    if "\0" in text or (text and not text.startswith(("/", "~"))):
        raise ValueError("an absolute path, or one that begins with ~/")
    return text


def _find_base(variable: str, default: str) -> Path:
    """A folder of the XDG base directories.

    "All paths set in these environment variables must be absolute. If an implementation encounters
    a relative path in any of these variables it should consider the path invalid and ignore it."
    https://specifications.freedesktop.org/basedir-spec/latest/#variables
    """
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else find_home() / default


def _recorded_home() -> str:
    try:
        # KeyError for a number that has no account: https://docs.python.org/3.11/library/pwd.html
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""
