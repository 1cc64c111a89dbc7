"""Published ways out of a sandbox, tried from inside a check and from inside `[setup]`.

The defences, each of which was taken away once to see its test fail: `open_sealed_copy` in
`runners/sandbox/sealed_program.py`; `IOCTL`, `keyctl` and `add_key` in
`runners/sandbox/seccomp.py`; that `Popen` in `runners/sandbox/run_command.py` hands over only the
descriptors in `pass_fds`, and `{"PATH": SYSTEM_PATH}` with `--clearenv` in
`runners/sandbox/bubblewrap.py`, by which no variable of the bot is in a process inside; there,
too, `--ro-bind` of the checkout, and `_mount_prepared`, by which a link stays a link.
"""

import ctypes
import os
import platform
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from support.planted import LINK, Other, plant

from bot.config.machine import Settings
from bot.config.repository import MapConfig, RepoConfig
from runners.planning.repo_lookup import look_up, open_repo_lookup
from runners.sandbox import Outcome, Prepared, Sandbox, open_sandbox
from runners.sandbox.bubblewrap import Bubblewrap

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

Inside = Callable[..., Outcome]
SECRET = "swordfish"  # noqa: S105 - what must not be found


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return open_sandbox(Settings(), RepoConfig())


@pytest.fixture
def inside(sandbox: Sandbox, tmp_path: Path) -> Inside:
    (tmp_path / "tree").mkdir()

    def run(*argv: str, prepared: Prepared | None = None) -> Outcome:
        return sandbox.run(argv, checkout=tmp_path / "tree", timeout=20, prepared=prepared)

    return run


TYPE = """\
import errno, fcntl, os, termios
main, side = os.openpty()
if os.fork() == 0:
    os.setsid()
    fcntl.ioctl(side, termios.TIOCSCTTY, 0)
    try:
        fcntl.ioctl(side, termios.TIOCSTI, b"x")
        print("typed", flush=True)
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
    os._exit(0)
os.wait()
"""


def test_cve_2017_5226_typing_into_the_terminal_that_started_the_sandbox(inside: Inside) -> None:
    """bubblewrap left its terminal to the program inside, which put commands in its input.

    https://nvd.nist.gov/vuln/detail/CVE-2017-5226
    """
    assert inside("python3", "-c", TYPE).output == "EPERM\n"
    assert "typed" not in inside("sh", "-c", "echo x > /dev/tty && echo typed").output


NUMBERS = {"x86_64": (250, 248), "aarch64": (219, 217)}
KEYS = """\
import ctypes
libc = ctypes.CDLL(None)
room = ctypes.create_string_buffer(99)
key = libc.syscall({keyctl}, 10, -{ring}, b"user", b"incident", 0)
libc.syscall({keyctl}, 11, {key}, room, 99)
print(key, room.value, libc.syscall({add}, b"user", b"planted", b"x", 1, -{ring}))
"""


@pytest.mark.parametrize("ring", [3, 4], ids=["session", "user"])
def test_flatpak_299_the_kernels_keyrings_have_no_namespace(inside: Inside, ring: int) -> None:
    """A program in Flatpak read, changed and planted keys of the person's who started it.

    https://github.com/flatpak/flatpak/issues/299
    """
    numbers = NUMBERS.get(platform.machine())
    libc = ctypes.CDLL(None)
    word = ctypes.c_long
    key = numbers and libc.syscall(
        word(numbers[1]), b"user", b"incident", SECRET.encode(), word(9), word(-ring)
    )
    if numbers is None or not key or key < 0:
        pytest.skip("this machine, or the container it is, has no keyrings")
    code = KEYS.format(keyctl=numbers[0], add=numbers[1], ring=ring, key=key)
    with ThreadPoolExecutor(1) as pool:  # whose keyring is still the one of this process
        assert pool.submit(inside, "python3", "-c", code).result().output == "-1 b'' -1\n"


SPOIL = """\
import glob, os
for path in glob.glob("/proc/[0-9]*/exe") + glob.glob("/proc/1/map_files/*"):
    for spoil in (
        lambda: os.chmod(path, 0o4777),
        lambda: os.truncate(path, 0),
        lambda: os.write(os.open(path, os.O_WRONLY), b"x"),
        lambda: os.chmod(f"/proc/self/fd/{os.open(path, os.O_RDONLY)}", 0o4777),
    ):
        try:
            spoil()
        except OSError:
            pass
print("tried")
"""


def test_cve_2019_5736_the_program_that_made_the_sandbox_is_changed_from_inside(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """runc's own file was written over through /proc/self/exe, and ran as root at the next start.

    https://nvd.nist.gov/vuln/detail/CVE-2019-5736
    """
    assert isinstance(sandbox, Bubblewrap)
    own = tmp_path / "bwrap"
    shutil.copy(sandbox.program, own)
    before = (own.read_bytes(), own.stat().st_mode)
    (tmp_path / "tree").mkdir()
    argv = ["python3", "-c", SPOIL]
    seen = replace(sandbox, program=str(own)).run(argv, checkout=tmp_path / "tree", timeout=20)
    assert seen.output == "tried\n"
    assert (own.read_bytes(), own.stat().st_mode) == before


def test_cve_2024_21626_a_descriptor_of_the_hosts_was_left_open(
    inside: Inside, tmp_path: Path
) -> None:
    """runc left a folder of the host open, and through /proc/self/fd/7 a container went out.

    https://nvd.nist.gov/vuln/detail/CVE-2024-21626
    """
    (tmp_path / "key").write_text(SECRET)
    left = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    os.set_inheritable(left, True)  # noqa: FBT003 - as a library that this process uses might
    try:
        look = f"cat /proc/self/fd/{left}/key /proc/*/fd/*/key /proc/*/cwd/../key; pwd -P"
        assert SECRET not in inside("sh", "-c", look).output
    finally:
        os.close(left)


def test_claude_code_action_2026_06_the_environment_is_read_as_a_file(
    inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tool that reads files ran outside of the sandbox, and was asked for /proc/self/environ.

    Here checks look for it, and a plan's author asks for it by name and by a link.
    https://www.microsoft.com/en-us/security/blog/2026/06/05/securing-ci-cd-in-an-agentic-world-claude-code-github-action-case/
    """
    monkeypatch.setenv("BRICKLAYER_WEBHOOK_SECRET", SECRET)
    seen = inside("sh", "-c", "cat /proc/*/environ /proc/*/task/*/environ; env").output
    assert "PATH=" in seen
    assert SECRET not in seen
    tree = {"bank.py": "x\n", "env": Other(LINK, b"/proc/self/environ")}
    repo = plant(tmp_path / "r.git", tree)
    lookup = open_repo_lookup(repo, repo.resolve_rev("main"), MapConfig())
    names = ["/proc/self/environ", "../../proc/self/environ", "env", f"/proc/{os.getpid()}/environ"]
    assert SECRET not in look_up(lookup, names, "", 4000).text


LEAVE = """
umask 0
for at in . /origin; do
    cd $at; mkdir -p .claude .git/hooks; echo '{"hooks": {}}' > .claude/settings.json
    for file in .git/hooks/post-checkout conftest.py ~/.bashrc; do echo left > $file; done
    ln -s /etc/passwd link; rm code.py
done 2>/dev/null
echo done
"""


def test_ghsa_ff64_7w26_62rf_what_a_check_leaves_is_run_by_the_next(
    inside: Inside, tmp_path: Path
) -> None:
    """Code in Claude Code's sandbox wrote settings that were not there yet, for the next start.

    https://github.com/advisories/GHSA-ff64-7w26-62rf
    """
    (tmp_path / "tree" / "code.py").write_text("x = 1\n")
    assert inside("sh", "-c", LEAVE).output == "done\n"
    assert [path.name for path in (tmp_path / "tree").rglob("*")] == ["code.py"]
    assert inside("sh", "-c", "ls -A . ~").output.split() == [".:", "code.py", "/box/home:"]


def test_cve_2026_39861_a_link_made_inside_is_followed_outside(
    inside: Inside, tmp_path: Path
) -> None:
    """A sandboxed command made a link, and the part outside of the sandbox went through it.

    https://github.com/advisories/GHSA-vp62-r36r-9xqp
    """
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "key").write_text(SECRET)
    for name in ("setup", "home", "repo"):
        (tmp_path / "made" / name).mkdir(parents=True)
    for link in ("repo/node_modules", "home/.config"):
        (tmp_path / "made" / link).symlink_to(tmp_path / "private")
    prepared = Prepared(tmp_path / "made", fresh=("node_modules",))
    look = "ls -ld node_modules ~/.config; cat node_modules/key ~/.config/key"
    seen = inside("sh", "-c", look, prepared=prepared).output
    assert seen.count(" -> ") == 2
    assert SECRET not in seen
