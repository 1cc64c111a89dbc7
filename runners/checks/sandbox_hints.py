"""What in a check's output tells of the sandbox and not of the code, and what a person can do.

A check runs without network, without git, without a Docker daemon, without this account's own
tools, and may only read what `[setup]` left. Code that needs one of these fails in its own words;
here those words are read. A hint decides nothing: red stays red.
"""

import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.config.machine import find_settings_file
from bot.config.paths import find_home
from bot.errors import UserError
from runners.sandbox import Prepared
from runners.sandbox.toolchains import find_command, find_toolchains

SEARCHED_CHARS = 64 * 1024
"""Of an output's end."""
_WORD = r"([A-Za-z0-9_][A-Za-z0-9_.+-]{0,63})"
# What shells and env say of a command that is not there:
# https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_08_02
_MISSING_COMMAND = re.compile(
    rf"^\S{{0,100}}sh: (?:\d+: |line \d+: )?{_WORD}: (?:command )?not found$"
    rf"|^(?:/usr/bin/)?env: \W?{_WORD}\W?: No such file or directory$",
    re.MULTILINE,
)
# What make and Python say of a command, and of any other file:
_MISSING_FILE = re.compile(
    rf"^make(?:\[\d+\])?: {_WORD}: No such file or directory$"
    rf"|^(?:E +)?FileNotFoundError: \[Errno 2\] No such file or directory: '{_WORD}'$",
    re.MULTILINE,
)
_DOCKER = re.compile(
    r"Cannot connect to the Docker daemon|docker\.sock\b|Could not find a valid Docker environment"
    r"|DockerException: Error while fetching server API version"
    r"|Could not find a working container runtime",
)
_NO_NAME = re.compile(
    r"Temporary failure in name resolution|Could not resolve host|Name or service not known"
    r"|getaddrinfo (?:EAI_AGAIN|ENOTFOUND)|Network is unreachable|ENETUNREACH"
    r"|NameResolutionError|Failed to resolve"
    r"|failed to lookup address information"
    r"|dial tcp: lookup \S{1,200}[^\n]{0,80}: (?:no such host|server mis)"
)
_NO_REPOSITORY = re.compile(
    r"fatal: not a git repository|setuptools-scm was unable to detect version"
    r"|InvalidGitRepositoryError|NoSuchPathError: [^\n]{0,300}\.git\b"
)
_ISOLATED_BUILD = re.compile(r"[Ii]nstalling build dependencies")
_READ_ONLY = re.compile(
    r"Read-only file system|EROFS\b|\(os error 30\)|java\.nio\.file\.ReadOnlyFileSystemException"
)
_PATH = re.compile(r"""(?:/box/(?:repo|home)/|\b)([\w.@+-]+(?:/[\w.@+-]+){0,20})""")
_NO_TRUST = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:VERIFY_LEAF|GET_ISSUER)"
    r"|unable to get local issuer certificate|SSL certificate problem|invalid peer certificate"
    r"|x509: certificate signed by unknown authority"
)
TRUST_HINT = (
    "it does not trust the server's certificate: name your company's as setup_ca_file in the"
    " machine's file"
)
DOCKER_COMMANDS = frozenset({"docker", "docker-compose", "podman", "podman-compose"})
DOCKER_HINT = (
    "checks reach no container engine, so docker compose and testcontainers cannot work in them."
    " For a database use [services], as docs/recipes/services.md shows; leave tests that need"
    " other containers to CI, and have the check pass them over"
)
NETWORK_HINT = "checks have no network: what they need from there, [setup] must bring"
BUILD_HINT = (
    "checks have no network, and pip wants it to build the project: with tox set"
    ' TOX_OVERRIDE = "testenv.package=wheel" under [env], else install it in [setup] with -e'
)
GIT_HINT = "there is no git repository: set git = true under {table} to have one"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a check ran: the sandbox by its name, with its image; and what setup had left.

    Setup itself is the check of that name.
    """

    check: str
    sandbox: str
    image: str = ""
    prepared: Prepared | None = None
    has_git: bool = False
    has_network: bool = False

    @property
    def table(self) -> str:
        return "[setup]" if self.check == "setup" and self.has_network else f"[checks.{self.check}]"


def find_hint(output: str, exit_code: int, where: Surroundings) -> str:
    """One sentence without an end, empty where nothing tells of the sandbox."""
    text = output[-SEARCHED_CHARS:]
    readers = (_docker, _trust, _missing_command, _read_only, _no_repository, _network)
    return next(filter(None, (read(text, where) for read in readers)), "") if exit_code else ""


def explain_missing_command(
    command: str,
    sandbox: str = "bwrap",
    image: str = "",
    which: Callable[[str], str | None] = shutil.which,
) -> str:
    """Where this machine has a command that a check did not find, and the setting that shows it."""
    if command in DOCKER_COMMANDS:
        return DOCKER_HINT
    if sandbox not in {"bwrap", "none"}:
        return f"the image {image} has no {command}: name one that has it, or install it in [setup]"
    named, folder = _find_on_machine(command, which)
    if named:
        line = f'toolchains = ["{named}"]'
        return f"{command} is in {folder}, which checks do not see: write {line} in {_settings()}"
    if folder:
        return f"{command} is in {folder}, which is not on the PATH of checks"
    return f"this machine has no {command} that checks could use: install it, or have [setup] do it"


def _find_on_machine(command: str, which: Callable[[str], str | None]) -> tuple[str, str]:
    """What `toolchains` has to name, and the folder that the command is in; empty: nothing."""
    try:
        home = find_home()
    except UserError:
        home = Path("/nonexistent")
    if toolchain := find_command(find_toolchains(home), command):
        folder = next(path for path in toolchain.bins if (path / command).exists())
        return toolchain.name, _shorten(folder, home)
    path = Path(which(command) or "")
    if not path.is_absolute():
        return "", ""
    folder = path.parent
    if folder.is_relative_to("/usr") or folder in {Path("/bin"), Path("/sbin")}:
        return "", str(folder)
    # A folder of a person's commands holds much: this one alone is named.
    is_own = folder.name == "bin" and folder.parent not in {home, home / ".local", Path("/")}
    return _shorten(folder.parent if is_own else path, home), _shorten(folder, home)


def _settings() -> str:
    try:
        return _shorten(find_settings_file(), find_home())
    except UserError:
        return "bricklayer.toml"


def _shorten(path: Path, home: Path) -> str:
    """As `~/...`: these words may stand in a comment, where nobody need read an account's name."""
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _docker(text: str, _where: Surroundings) -> str:
    return DOCKER_HINT if _DOCKER.search(text) else ""


def _trust(text: str, where: Surroundings) -> str:
    return TRUST_HINT if where.has_network and _NO_TRUST.search(text) else ""


def _no_repository(text: str, where: Surroundings) -> str:
    is_told = not where.has_git and _NO_REPOSITORY.search(text)
    return GIT_HINT.format(table=where.table) if is_told else ""


def _network(text: str, where: Surroundings) -> str:
    if where.sandbox == "none" or where.has_network or not _NO_NAME.search(text):
        return ""
    return BUILD_HINT if _ISOLATED_BUILD.search(text) else NETWORK_HINT


def _missing_command(text: str, where: Surroundings) -> str:
    if command := _last_word(_MISSING_COMMAND, text):
        return explain_missing_command(command, where.sandbox, where.image)
    # Any other file may be meant: it is a command if this machine has one of that name.
    file = _last_word(_MISSING_FILE, text)
    is_command = file in DOCKER_COMMANDS or (file and _find_on_machine(file, shutil.which)[0])
    return explain_missing_command(file, where.sandbox, where.image) if is_command else ""


def _last_word(pattern: re.Pattern[str], text: str) -> str:
    found = [next(filter(None, groups)) for groups in pattern.findall(text)]
    return found[-1] if found else ""


def _read_only(text: str, where: Surroundings) -> str:
    """The folder of setup's that a line about a read-only file system names."""
    names = where.prepared.fresh if where.prepared else ()
    lines = (line for line in text.splitlines() if _READ_ONLY.search(line))
    for path in (path for line in lines for path in _paths_in(line)):
        for name in names:
            if path == name or path.startswith(f"{name}/"):
                return (
                    f"[setup] made {name}, which checks only read:"
                    f' write writable = ["{name}"] under [setup]'
                )
    return ""


def _paths_in(line: str) -> Iterable[str]:
    return (found[1] for found in _PATH.finditer(line[:2000]))
