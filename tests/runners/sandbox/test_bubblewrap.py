"""Promise 2, tried from inside: what a hostile check finds when it goes looking."""

import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig, SandboxLimits
from runners.sandbox import Outcome, Sandbox, open_sandbox
from runners.sandbox.bubblewrap import Bubblewrap

LIMITS = SandboxLimits(memory=200, processes=24, disk=24, output=1)
Sh = Callable[..., Outcome]


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return open_sandbox(Settings(), RepoConfig(sandbox=LIMITS, env={"ASKED": "for"}))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A work tree beside another one, both with git's pointer to the mirror."""
    for name in ("mine", "other"):
        tree = tmp_path / "trees" / name
        tree.mkdir(parents=True)
        (tree / ".git").write_text(f"gitdir: {tmp_path}/mirror.git/worktrees/{name}\n")
        (tree / "code.txt").write_text(f"code of {name}\n")
    (tmp_path / "mirror.git").mkdir()
    (tmp_path / "mirror.git" / "config").write_text("token = swordfish\n")
    return tmp_path / "trees" / "mine"


@pytest.fixture
def sh(sandbox: Sandbox, checkout: Path) -> Sh:
    def run(line: str, timeout: float = 20) -> Outcome:
        return sandbox.run(["/bin/sh", "-c", line], checkout=checkout, timeout=timeout)

    return run


def processes_named(word: str) -> list[str]:
    lines = [p.info["cmdline"] or [] for p in psutil.process_iter(["cmdline"])]
    return [shlex.join(line) for line in lines if word in line]


def test_the_checkout_is_there_at_a_fixed_place(sh: Sh) -> None:
    """A check starts in a copy of the checkout and finds its files."""
    outcome = sh("pwd; cat code.txt")
    assert (outcome.exit_code, outcome.output) == (0, "/box/repo\ncode of mine\n")


def test_exit_codes_come_through(sh: Sh) -> None:
    """The command's own exit code is the outcome's, 128 + n after a signal."""
    assert [sh(f"exit {n}").exit_code for n in (0, 1, 5, 126)] == [0, 1, 5, 126]
    assert sh("kill -9 $$").exit_code == 137
    assert sh("no-such-command").exit_code == 127


def test_output_keeps_its_order_and_bad_bytes(sh: Sh) -> None:
    """Stdout and stderr come as they were written, and what is no UTF-8 is replaced."""
    assert sh(r"echo a; echo b >&2; printf '\377\n'").output == "a\nb\n\ufffd\n"


def test_nothing_written_comes_back(sh: Sh, checkout: Path) -> None:
    """A check may write its checkout, and the tree it was copied from stays as it was."""
    assert sh("echo changed > code.txt && mkdir new && rm -rf .git && cat code.txt").exit_code == 0
    assert (checkout / "code.txt").read_text() == "code of mine\n"
    assert sorted(p.name for p in checkout.iterdir()) == [".git", "code.txt"]


def test_git_of_the_mirror_cannot_be_found(sh: Sh, checkout: Path, tmp_path: Path) -> None:
    """Neither `.git`, the mirror it points to, nor another work tree can be read."""
    for path in (".git", "/origin/.git", tmp_path / "mirror.git/config", checkout.parent / "other"):
        assert "swordfish" not in sh(f"cat {path} {path}/*").output
        assert "gitdir" not in sh(f"cat {path}; cat {path}/.git").output
    assert sh("ls -a | grep -c '^.git$'").output == "0\n"


def test_a_git_folder_is_hidden_like_a_git_file(sandbox: Sandbox, tmp_path: Path) -> None:
    """Where `.git` is a folder, as in a plain clone, its content stays out too."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=20)
    seen = sandbox.run(["find", "/origin", "/box/repo"], checkout=tmp_path, timeout=20)
    assert seen.exit_code == 0
    assert "HEAD" not in seen.output


@pytest.mark.parametrize("path", ["/root", "/home", "/run", "/sys", "/media", "/mnt", "/boot"])
def test_folders_of_the_host_are_not_there(sh: Sh, path: str) -> None:
    """No folder in which people or daemons keep things shows anything but toolchains asked for."""
    find = f"find {path} -type f -not -path '{sys.base_prefix}/*' 2>/dev/null | head"
    assert sh(find).output == ""


def test_no_credentials_of_the_home_folder(sh: Sh, home: Path) -> None:
    """A token in ~/.netrc can be read neither as ~ nor by its full name."""
    (home / ".netrc").write_text("machine example.com password swordfish\n")
    assert "swordfish" not in sh(f"cat ~/.netrc {home}/.netrc; ls -a ~").output


@pytest.mark.parametrize("name", ["shadow", "ssh", "gitconfig", "npmrc", "sudoers", "machine-id"])
def test_etc_holds_no_secrets(sh: Sh, name: str) -> None:
    """Of /etc there is only what programs need to run."""
    assert sh(f"test -e /etc/{name}").exit_code == 1


def test_environment_is_empty_but_for_the_allowlist(
    sh: Sh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No variable of the bot's environment gets in, not even by /proc/1/environ."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "swordfish")
    monkeypatch.setenv("HARMLESS", "swordfish")
    outcome = sh("env; tr '\\0' '\\n' < /proc/1/environ; cat /proc/*/environ")
    assert "swordfish" not in outcome.output
    assert "ASKED=for\n" in outcome.output
    assert "HOME=/box/home\n" in outcome.output


def test_processes_of_the_host_are_not_there(sh: Sh) -> None:
    """/proc shows the sandbox's own few processes, and no other."""
    assert int(sh("ls /proc | grep -c '^[0-9]*$'").output) < 8


def test_no_network_not_even_to_this_machine(sh: Sh) -> None:
    """A server on the host's loopback cannot be reached, nor an address outside."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ask = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)"
        for host in ("127.0.0.1", "192.0.2.1"):
            assert sh(f'python3 -c "{ask}" {host} {port}').exit_code == 1


def test_network_is_there_when_it_is_given(sandbox: Sandbox, checkout: Path) -> None:
    """What no check has, setup gets: the host's network, where it has none of its own."""
    assert isinstance(sandbox, Bubblewrap)
    sharing = replace(sandbox, network_program="")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        line = ["python3", "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}))"]
        assert sharing.run(line, checkout=checkout, timeout=20, network=True).exit_code == 0
        assert sharing.run(line, checkout=checkout, timeout=20).exit_code == 1


def test_loopback_of_its_own_works(sh: Sh) -> None:
    """Tests that start a server on localhost and talk to it still run."""
    talk = (
        "import socket; s=socket.create_server(('localhost',0));"
        "socket.create_connection(s.getsockname()); print('met')"
    )
    assert sh(f'python3 -c "{talk}"').output == "met\n"


@pytest.mark.parametrize(
    "target",
    ["/new", "/usr/new", "/etc/new", "/dev/new", "/proc/sys/kernel/core_pattern", "/origin/new"],
)
def test_the_system_is_read_only(sh: Sh, target: str) -> None:
    """No file of the system, of the kernel's settings or of the original opens for writing."""
    assert sh(f": >> {target}").exit_code == 2


def test_no_privileges_and_none_to_win(sh: Sh) -> None:
    """Not root, no capability, set-uid programs have no effect, no namespace to become root in."""
    assert sh("id -u").output == "1000\n"
    status = sh("cat /proc/self/status").output
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert f"{name}:\t0000000000000000\n" in status
    assert "NoNewPrivs:\t1\n" in status
    assert sh("cp /usr/bin/id me; chmod u+s me; ./me -u").output == "1000\n"
    assert sh("unshare --user true").exit_code == 1


def test_a_hang_ends_at_its_timeout(sh: Sh) -> None:
    """A check that hangs, deaf to signals, is gone at its timeout with all it started."""
    outcome = sh("trap '' TERM INT HUP; echo before; sleep 7391 & sleep 7391", timeout=0.5)
    assert (outcome.ended, outcome.output) == ("timeout", "before\n")
    assert 0.5 <= outcome.seconds < 5
    assert processes_named("7391") == []


def test_a_daemon_dies_with_its_check(sh: Sh) -> None:
    """A process in a session of its own, all its files closed, does not outlive the check."""
    assert sh("setsid sleep 7392 </dev/null >/dev/null 2>&1 & echo left").output == "left\n"
    assert processes_named("7392") == []


def test_a_daemon_that_keeps_the_output_open_does_not_delay(sh: Sh) -> None:
    """The check ends when its command ends, whoever still holds its output."""
    outcome = sh("setsid sleep 7393 & echo left", timeout=30)
    assert (outcome.ended, outcome.exit_code) == ("exit", 0)
    assert outcome.seconds < 10


def test_too_many_processes_are_named_and_ended(sh: Sh) -> None:
    """More processes than allowed: ended for that, long before the timeout.

    A bounded crowd stands for the bomb: were the watch broken, the test must fail, not the host.
    """
    outcome = sh("for n in $(seq 200); do sleep 7594 & done; sleep 60", timeout=60)
    assert outcome.ended == "processes"
    assert outcome.seconds < 20


def test_a_fork_bomb_is_named_and_ended(sh: Sh) -> None:
    """Processes that double faster than they can be counted are ended too, all of them.

    It doubles nine times and no more: were no limit held, the host would survive this test.
    """
    doubling = "import os, time; [os.fork() for _ in range(9)]; time.sleep(20)"
    outcome = sh(f"python3 -c '{doubling}'", timeout=60)
    assert outcome.ended == "processes"
    assert outcome.seconds < 10
    assert processes_named(doubling) == []


def test_eating_memory_is_named_and_ended(sh: Sh) -> None:
    """More memory than allowed, over all processes together: ended for that."""
    outcome = sh("python3 -c 'x = [b\"x\" * 2**20 * n for n in range(1, 2000)]'", timeout=60)
    assert (outcome.ended, outcome.exit_code) == ("memory", 137)


def test_flooding_the_output_is_named_and_ended(sh: Sh) -> None:
    """More output than allowed: ended for that, head and tail kept."""
    outcome = sh("echo first; yes", timeout=60)
    assert outcome.ended == "output"
    assert "bytes left out" in outcome.output
    assert outcome.output.startswith("first\ny\n")
    assert len(outcome.output) < 2 * 2**20


@pytest.mark.parametrize("place", [".", "$HOME", "$TMPDIR", "/var/tmp"])  # noqa: S108 - inside
def test_filling_the_disk_is_named_and_bounded(sh: Sh, place: str) -> None:
    """Every place a check may write holds no more than the disk limit."""
    outcome = sh(f"head -c 30000000 /dev/zero > {place}/fill")
    assert outcome.exit_code != 0
    assert outcome.ended == "disk"


def test_a_green_check_is_green_on_a_full_disk(sh: Sh) -> None:
    """Only a command that failed is said to have failed for the disk."""
    assert sh("head -c 30000000 /dev/zero > fill; true").ended == "exit"


def test_shared_memory_is_bounded(sh: Sh) -> None:
    """Process pools find the shared memory they need, and it holds no more than its own limit."""
    assert sh("head -c 80000000 /dev/zero > /dev/shm/fill").exit_code == 1


def test_killing_the_bot_kills_its_checks(checkout: Path) -> None:
    """After kill -9 of the process that runs a check, nothing of the check is left."""
    program = (
        "from pathlib import Path; from bot.config.machine import *;"
        "from bot.config.repository import *; from runners.sandbox import *;"
        "open_sandbox(Settings(), RepoConfig()).run(['sleep', '7394'],"
        f"checkout=Path({str(checkout)!r}), timeout=60)"
    )
    root = Path(__file__).parents[3]
    bot = subprocess.Popen([sys.executable, "-c", program], cwd=root)
    _until(lambda: len(processes_named("7394")) > 1)
    bot.kill()
    bot.wait(10)
    _until(lambda: processes_named("7394") == [])


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
