"""Running git: argv lists, a scrubbed environment, nobody's configuration, limits.

Of a person's configuration nothing acts but what `read_persons_settings` is asked for; of a
repository's what `bot.git.clean_dir` keeps. The settings given here hold in every case.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.errors import GitError
from bot.git.messages import open_trace

TIMEOUT_SECONDS = 600.0
"""The longest one git may take, with all that it started."""
LOOK_SECONDS = 30.0
"""For a git that only looks where a repository is and what it is like."""
TIMED_OUT = 124
"""As timeout(1) says it: https://man7.org/linux/man-pages/man1/timeout.1.html"""

# Hooks and monitors of the person's repository are programs: none of them runs for the bot.
# Signing would ask for a passphrase; a background gc could outlive us.
_QUIET = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "commit.gpgSign=false"),
    *("-c", "gc.auto=0"),
    # Since git 2.30 it is this that begins a gc: https://git-scm.com/docs/git-config#Documentation/git-config.txt-maintenanceauto
    *("-c", "maintenance.auto=false"),
    # What is fetched is there as one pack, whole or not at all. Written one by one, another thread
    # sees a commit before its files are there:
    # https://git-scm.com/docs/git-config#Documentation/git-config.txt-fetchunpackLimit
    *("-c", "fetch.unpackLimit=1"),
    # An `ext::` address is a command line: https://git-scm.com/docs/git-remote-ext
    *("-c", "protocol.ext.allow=never"),
    *("-c", "advice.detachedHead=false"),
    *("-c", "submodule.recurse=false"),
    *("-c", "core.autocrlf=false"),
    # Without these git reads files of the home folder: https://git-scm.com/docs/gitattributes#_files
    *("-c", "core.attributesFile=/dev/null"),
    *("-c", "core.excludesFile=/dev/null"),
    # Every name that any file system takes for `.git` is none for a file, also on Linux:
    # https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreprotectHFS
    *("-c", "core.protectHFS=true"),
    *("-c", "core.protectNTFS=true"),
    *("-c", "log.showSignature=false"),
    *("-c", "color.ui=false"),
)
PLAIN_DIFF = (
    *("--no-ext-diff", "--no-textconv", "--no-color"),
    *("--src-prefix=a/", "--dst-prefix=b/"),  # --default-prefix came with git 2.41
)
"""For a command that shows differences: as git itself makes them."""
# https://git-scm.com/docs/git#Documentation/git.txt-codeGITCONFIGGLOBALcode
_NOBODYS_SETTINGS = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    # What is checked is what is committed, not what somebody's refs/replace put in its place.
    "GIT_NO_REPLACE_OBJECTS": "1",
    # Nothing is fetched but by name, and from GitHub: neither by ssh, a helper nor an object that
    # is missing. https://git-scm.com/docs/git#Documentation/git.txt-codeGITALLOWPROTOCOLcode
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
}
HTTP_ALONE = {"GIT_ALLOW_PROTOCOL": "https:http"}
_KEEP = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR")
_PERSONS_FILES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")
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
    args: tuple[str, ...],
    stdin: bytes,
    env: Mapping[str, str],
    ok: tuple[int, ...],
    limit_seconds: float = TIMEOUT_SECONDS,
) -> tuple[int, bytes]:
    """Exit code and output. Raises GitError for a code outside `ok`, and past the limit.

    What takes longer is killed with all that it started.
    """
    from git.cmd import Git  # noqa: PLC0415  # takes 0.3 s to import; --help must not pay for it

    with tempfile.TemporaryFile() as input_file, open_trace() as trace:
        input_file.write(stdin)
        input_file.seek(0)
        running = Git("/").execute(
            git_argv(args, {**env, **trace.environment}),
            istream=input_file,
            as_process=True,
            pass_fds=(trace.fd,),
            start_new_session=True,  # a Ctrl-C in the terminal must not stop git halfway
        )
        process: subprocess.Popen[bytes] | None = running.proc
        assert process  # noqa: S101  # GitPython has it until the process was waited for
        with process:
            try:
                out, stderr = process.communicate(timeout=limit_seconds)
            except subprocess.TimeoutExpired:
                from bot.end_processes import kill_session  # noqa: PLC0415  # psutil: rarely needed

                kill_session(process)
                why = f"it was killed: it had not ended after {limit_seconds:.0f} s"
                raise GitError(args, TIMED_OUT, why) from None
        if process.returncode not in ok:
            said = stderr.decode(errors="replace")
            raise GitError(args, process.returncode, said, trace.read_messages(), out)
    return process.returncode, out


def persons_settings() -> dict[str, str]:
    """An environment in which git reads the person's own files of settings, and the system's."""
    own = {name: os.environ[name] for name in _PERSONS_FILES if name in os.environ}
    return {"GIT_CONFIG_GLOBAL": "", "GIT_CONFIG_NOSYSTEM": "0", **own}


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
        **_NOBODYS_SETTINGS,
        **signature_environment(BRICKLAYER),
    }
    together = {**kept, **fixed, **extra}
    # Empty stands for none: an empty GIT_CONFIG_GLOBAL would be a file without a name.
    return [f"{n}={v}" for n, v in together.items() if v or n != "GIT_CONFIG_GLOBAL"]
