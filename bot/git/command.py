"""Running git: argv lists, a scrubbed environment, no program of the repository's own, limits."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.errors import GitError

TIMEOUT_SECONDS = 600.0

# Hooks and monitors of the person's repository are programs: none of them runs for the bot.
# Signing would ask for a passphrase; a background gc could outlive us.
_QUIET = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "commit.gpgSign=false"),
    *("-c", "gc.auto=0"),
    # Since git 2.30 it is this that begins a gc: https://git-scm.com/docs/git-config#Documentation/git-config.txt-maintenanceauto
    *("-c", "maintenance.auto=false"),
    # An `ext::` address is a command line: https://git-scm.com/docs/git-remote-ext
    *("-c", "protocol.ext.allow=never"),
    *("-c", "advice.detachedHead=false"),
    *("-c", "submodule.recurse=false"),
    *("-c", "core.autocrlf=false"),
)
_KEEP = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")
_FOLDERS = ("HOME", "XDG_CONFIG_HOME", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Signature:
    """Whose commits they are, author and committer, and how they sign them.

    `sign_off`: with a `Signed-off-by`. `key`: the file of an SSH key, or a GPG key's id, that signs
    each commit; empty for none.
    """

    name: str
    email: str
    sign_off: bool = False
    key: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """Of git, for a commit that `-S` signs."""
        # https://git-scm.com/docs/git-config#Documentation/git-config.txt-gpgformat
        kind = "ssh" if "/" in self.key else "openpgp"
        return ("-c", f"gpg.format={kind}", "-c", f"user.signingKey={self.key}") if self.key else ()


BRICKLAYER = Signature("Bricklayer", "bricklayer@bricklayer.invalid")
"""Where there is no account: `.invalid` is reserved, so the address is nobody's."""


def git_argv(args: Iterable[str], env: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """The whole command; `env` is added to the few variables that git gets."""
    # GitPython adds to the environment of the process; `env -i` is what takes everything away.
    return ["env", "-i", *_environment(env), "git", *_QUIET, *args]


def run_git(
    args: tuple[str, ...], stdin: bytes, env: Mapping[str, str], ok: tuple[int, ...]
) -> tuple[int, bytes]:
    from git.cmd import Git  # noqa: PLC0415  # takes 0.3 s to import; --help must not pay for it

    with tempfile.TemporaryFile() as input_file:
        input_file.write(stdin)
        input_file.seek(0)
        code, out, stderr = Git("/").execute(
            git_argv(args, env),
            istream=input_file,
            with_extended_output=True,
            with_exceptions=False,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            kill_after_timeout=TIMEOUT_SECONDS,
            start_new_session=True,  # a Ctrl-C in the terminal must not stop git halfway
        )
    if code not in ok:
        raise GitError(args, code, str(stderr))
    return code, out


def signature_environment(by: Signature) -> dict[str, str]:
    return {
        "GIT_AUTHOR_NAME": by.name,
        "GIT_AUTHOR_EMAIL": by.email,
        "GIT_COMMITTER_NAME": by.name,
        "GIT_COMMITTER_EMAIL": by.email,
    }


def _environment(extra: Mapping[str, str]) -> list[str]:
    kept = {name: os.environ[name] for name in _KEEP if name in os.environ}
    # Relative, they would lead git into the repository it works in.
    kept = {n: v for n, v in kept.items() if n not in _FOLDERS or Path(v).is_absolute()}
    fixed = {
        "LC_ALL": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
        **signature_environment(BRICKLAYER),
    }
    return [f"{name}={value}" for name, value in {**kept, **fixed, **extra}.items()]
