"""Paths and environment inside a sandbox, and the script that starts a command there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runners.sandbox.model import Prepared
from runners.sandbox.shown_tools import ShownTools

# CI is what most tools look at, NO_COLOR what they leave colours out for: https://no-color.org
BASE_ENV = {
    "CI": "true",
    "LANG": "C.UTF-8",
    "LOGNAME": "bricklayer",
    "NO_COLOR": "1",
    # A copy that lives for one check has no use for compiled files:
    # https://docs.python.org/3.11/using/cmdline.html#envvar-PYTHONDONTWRITEBYTECODE
    "PYTHONDONTWRITEBYTECODE": "1",
    # pytest names what passed, so that a test that is gone is noticed; what a command itself says
    # comes later and wins. https://docs.pytest.org/en/stable/how-to/output.html
    "PYTEST_ADDOPTS": "-rfEp",
    "SHELL": "/bin/sh",
    "TERM": "dumb",
    "TZ": "UTC",
    "USER": "bricklayer",
}
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Where installers put commands: first in the setup folder, then in the checkout, then at home.
COMMAND_FOLDERS = (
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
class SandboxPaths:
    """All a command may write is in `root` and `tmp`, each of the disk limit's size."""

    root: str
    setup: str
    home: str
    tmp: str

    @property
    def repo(self) -> str:
        return f"{self.root}/repo"


BOX = SandboxPaths("/box", "/box/setup", "/box/home", "/tmp")  # noqa: S108 - a private one


def build_environment(
    places: SandboxPaths,
    prepared: Prepared | None,
    tools: ShownTools,
    *overrides: Mapping[str, str],
) -> dict[str, str]:
    """Everything the command sees of an environment: nothing of this process's own is in it.

    `BRICKLAYER_PATH` becomes the front of PATH, which in a container only the image knows.
    """
    environment = BASE_ENV | {"HOME": places.home, "TMPDIR": places.tmp, "PATH": SYSTEM_PATH}
    command_folders = [str(folder) for folder in tools.bins]
    if prepared:
        environment["BRICKLAYER_SETUP"] = places.setup
        command_folders = prepared_bins(places, prepared) + command_folders
    for variables in (tools.env, *overrides):
        environment |= variables
    return environment | {"BRICKLAYER_PATH": ":".join(command_folders)}


def prepared_bins(places: SandboxPaths, prepared: Prepared) -> list[str]:
    """Folders of commands that setup made. None while it is still making them."""
    folders = {"setup": places.setup, "repo": places.repo, "home": places.home}
    if prepared.writable:
        return []
    return [
        f"{folders[kind]}/{folder}"
        for kind, folder in COMMAND_FOLDERS
        if (prepared.root / kind / folder).is_dir()
    ]


# Copies the checkout, says "ready", runs the command and says when it left the disk full.
# $1 mark, $2 checkout, $3 its copy, $4 folders whose file systems are limited, $5 most threads, $6
# shell lines that put in place what setup left; then the command. bash has ulimit -u where dash has
# -p, and each exits on the other's.
SCRIPT = """
mark=$1 origin=$2 repo=$3 room=$4 most=$5 place=$6; shift 6
umask 022
mkdir -p "$repo" "$HOME" "$TMPDIR" || exit 125
cp -a "$origin/." "$repo/" && rm -rf "$repo/.git" && cd "$repo" || exit 125
eval "$place"
if [ -n "$BRICKLAYER_PATH" ]; then PATH=$BRICKLAYER_PATH:$PATH; fi
unset BRICKLAYER_PATH OLDPWD
if [ -n "$most" ]; then
  for flag in u p; do
    if (ulimit -$flag "$most") 2>/dev/null; then ulimit -$flag "$most"; break; fi
  done
fi
printf '%s ready\\n' "$mark"
"$@"
code=$?
full=
for each in $room; do
  if [ "$(stat -f -c %a "$each" 2>/dev/null || echo 99)" -lt 16 ]; then full=$each; fi
done
if [ -n "$full" ]; then
  printf '\\n%s disk\\n' "$mark"
elif grep -qs '^oom_kill [1-9]' /sys/fs/cgroup/memory.events; then
  printf '\\n%s memory\\n' "$mark"
fi
exit $code
"""


def wrap_command(  # noqa: PLR0913 - the six words the script reads, and the command
    command: Sequence[str],
    *,
    mark: str,
    origin: str,
    repo: str,
    rooms: Sequence[str] = (),
    threads: int = 0,
    before: str = "",
    placing: str = "",
) -> list[str]:
    """`before`: shell lines ahead of all others; `placing`: those behind the checkout's copy.

    No `threads` means no such limit.
    """
    words = [mark, origin, repo, " ".join(rooms), str(threads or ""), placing]
    return ["/bin/sh", "-c", before + SCRIPT, "sh", *words, *command]
