"""The words that bubblewrap is given: what it isolates, mounts and hands over."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from runners.sandbox.layout import BOX
from runners.sandbox.model import Prepared, WorkRoom
from runners.sandbox.php_extensions import list_php_extensions
from runners.sandbox.prepared_paths import PreparedPath
from runners.sandbox.resource_usage import MIB
from runners.sandbox.sealed_program import is_changeable_inside, open_sealed_copy
from runners.sandbox.seccomp import build_filter

Network = Literal["none", "own", "host"]
"""What leads out of the sandbox: nothing, a program that makes its connections, or all there is."""

OpenFile = Callable[[bytes], int]
"""A descriptor from which this can be read, once."""

UID = "1000"
ORIGIN = "/origin"
PREPARED = "/prepared"
"""What is copied from where setup left it."""
SHARED_MEMORY_BYTES = 64 * MIB
# Where shm_open(3) makes its files: https://man7.org/linux/man-pages/man7/shm_overview.7.html
SHARED_MEMORY = "/dev/shm"  # noqa: S108  # a mount point inside

# Of /etc only what programs need in order to run. Not shadow, ssh, gitconfig, npmrc, pip.conf:
# they may hold credentials, and a bot run by root could read them.
SHOWN_IN_ETC = (
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "fonts",
    "java-11-openjdk",
    "java-17-openjdk",
    "java-21-openjdk",
    "java-25-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "magic",
    # How Debian's maven starts; its settings.xml may name passwords.
    "maven/logging",
    "maven/m2.conf",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "pki/ca-trust",
    "pki/tls/certs",
    "protocols",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "terminfo",
)
# Links into /usr on most systems, folders of their own on others:
# https://www.freedesktop.org/wiki/Software/systemd/TheCaseForTheUsrMerge/
SYSTEM_FOLDERS = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
# The names of keys that this user has. Each cover costs a millisecond, so there is none over what
# only root may read. https://man7.org/linux/man-pages/man5/proc_keys.5.html
HIDDEN_IN_PROC = ("/proc/keys",)
WRITTEN_FILES = {
    "/etc/passwd": f"bricklayer:x:{UID}:{UID}::{BOX.home}:/bin/sh\n",
    "/etc/group": f"bricklayer:x:{UID}:\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
}


def hand_over(
    program: str,
    options: Callable[[OpenFile], list[str]],
    stack: ExitStack,
    more: Sequence[str] = (),
) -> tuple[list[str], tuple[int, ...]]:
    """Words before a command, and the descriptors they name, open until the stack is closed.

    The options go by a descriptor, too: in its arguments a command could read them, paths of this
    machine with them, as /proc/1/cmdline.
    """
    fds: list[int] = []

    def open_file(content: bytes) -> int:
        fds.append(stack.enter_context(_open_memory_file(content)))
        return fds[-1]

    words = b"".join(os.fsencode(word) + b"\0" for word in (*options(open_file), *more))
    args = str(open_file(words))
    if is_changeable_inside(program):
        fds.append(stack.enter_context(open_sealed_copy(program)))
        program = f"/proc/self/fd/{fds[-1]}"
    return [program, "--args", args, "--"], tuple(fds)


def isolation_options(open_file: OpenFile, *, network: Network) -> list[str]:
    """Every namespace of its own, no capability, no way to new ones, no terminal, no orphans.

    And no system call that `seccomp.py` refuses.

    `--new-session` keeps a command from typing into the terminal by TIOCSTI (CVE-2017-5226);
    `--die-with-parent` is prctl(2)'s PR_SET_PDEATHSIG.
    https://github.com/containers/bubblewrap/blob/main/bwrap.xml
    https://man7.org/linux/man-pages/man7/user_namespaces.7.html
    """
    # --unshare-all only tries for a user namespace, and --disable-userns needs one:
    # https://github.com/containers/bubblewrap/blob/main/bwrap.xml
    argv = ["--unshare-user", "--unshare-all", "--disable-userns", "--die-with-parent"]
    argv += ["--new-session", "--cap-drop", "ALL", "--clearenv", "--hostname", "bricklayer"]
    argv += ["--uid", UID, "--gid", UID]
    if rules := build_filter():
        argv += ["--seccomp", str(open_file(rules))]
    return [*argv, "--share-net"] if network == "host" else argv


def system_mounts(*, network: Network) -> list[str]:
    """The machine as far as programs need it, read-only; nothing of /home, /root, /run, /var.

    /proc is remounted because root on the host stays root to the files under /proc/sys, whatever
    its number inside: without it a check run by root could set the kernel's core_pattern.
    """
    argv = ["--ro-bind", "/usr", "/usr"]
    for name in SYSTEM_FOLDERS:
        path = Path("/", name)
        if path.is_symlink():
            argv += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            argv += ["--ro-bind", str(path), str(path)]
    shown_files = [f"/etc/{name}" for name in SHOWN_IN_ETC if Path("/etc", name).exists()]
    shown_files += map(str, list_php_extensions())
    # Without a network there is nothing to resolve, and one of its own has its own name server.
    if network == "host":
        shown_files.append("/etc/resolv.conf")
    argv += repeat_option("--ro-bind-try", ((path, path) for path in shown_files))
    argv += ["--dir", "/var", "--symlink", BOX.tmp, "/var/tmp"]  # noqa: S108 - a link inside
    argv += ["--proc", "/proc"]
    hidden = (path for path in HIDDEN_IN_PROC if Path(path).exists())
    argv += repeat_option("--dev-bind", ((os.devnull, path) for path in hidden))
    argv += ["--remount-ro", "/proc", "--dev", "/dev"]
    argv += ["--size", str(SHARED_MEMORY_BYTES), "--tmpfs", SHARED_MEMORY]
    return [*argv, "--remount-ro", "/dev"]


def box_mounts(size: int, prepared: Prepared | None, room: WorkRoom | None = None) -> list[str]:
    """Where a command may write, in memory: checkout and home share `size`, in bytes.

    For setup itself, and for who works in a room, their folders on disk.
    """
    # --size is for the next --tmpfs alone, without it half of the memory: https://man7.org/linux/man-pages/man5/tmpfs.5.html
    argv = ["--size", str(size), "--tmpfs", BOX.root]
    if prepared and prepared.writable:
        folders = {"repo": BOX.repo, "home": BOX.home, "setup": BOX.setup}
        return argv + repeat_option(
            "--bind", ((str(prepared.root / r), p) for r, p in folders.items())
        )
    if room:
        return [*argv, "--bind", str(room.repo), BOX.repo, "--bind", str(room.home), BOX.home]
    return [*argv, "--dir", BOX.repo, "--dir", BOX.home]


def prepared_mounts(
    prepared: Prepared,
    paths: Sequence[PreparedPath],
    nested: Sequence[str],
    size: int,
    *,
    has_layers: bool,
) -> list[str]:
    """What setup left: read-only, or under a layer of the check's own, which it writes in memory.

    What is copied instead is shown below PREPARED; the copies are made inside, where they count.
    """
    argv = ["--ro-bind", str(prepared.root / "setup"), BOX.setup]
    for path in paths:
        argv += _mount_path(path, has_layers=has_layers)
    if nested or any(each.is_copied for each in paths):
        folders = ((str(prepared.root / name), f"{PREPARED}/{name}") for name in ("repo", "home"))
        argv += repeat_option("--ro-bind", folders)
    for inside in nested:
        argv += ["--size", str(size), "--tmpfs", f"{BOX.root}/{inside}"]
    return argv


def _mount_path(path: PreparedPath, *, has_layers: bool) -> list[str]:
    """A link stays one, for bound it would show what it leads to out here."""
    inside = f"{BOX.root}/{path.inside}"
    if path.kind == "link":
        return ["--symlink", str(path.source.readlink()), inside]
    if path.kind == "folder" and has_layers:
        return ["--overlay-src", str(path.source), "--tmp-overlay", inside]
    return [] if path.is_copied else ["--ro-bind", str(path.source), inside]


def origin_mounts(checkout: Path, empty_file: int) -> list[str]:
    """The checkout to copy from. Its `.git` would show the mirror and through it all branches."""
    argv = ["--ro-bind", str(checkout), ORIGIN]
    git = checkout / ".git"
    # A worktree has a file there that names the repository: https://git-scm.com/docs/gitrepository-layout
    if git.is_dir() and not git.is_symlink():
        return [*argv, "--size", "4096", "--tmpfs", f"{ORIGIN}/.git"]
    if git.is_file() and not git.is_symlink():
        return [*argv, "--ro-bind-data", str(empty_file), f"{ORIGIN}/.git"]
    return argv


def repeat_option(option: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    return [word for row in rows for word in (option, *row)]


@contextmanager
def _open_memory_file(content: bytes) -> Iterator[int]:
    """A file with no name, for bubblewrap to read from the descriptor.

    https://man7.org/linux/man-pages/man2/memfd_create.2.html
    """
    fd = os.memfd_create("bricklayer", os.MFD_CLOEXEC)
    try:
        os.write(fd, content)
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)
