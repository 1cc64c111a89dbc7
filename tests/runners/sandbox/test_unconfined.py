"""sandbox = "none": no walls, but still a clean environment, limits and an end for everything."""

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig, SandboxLimits
from runners.sandbox import Outcome, Prepared, Sandbox, open_sandbox
from runners.sandbox.thread_commands import CommandStoppedError, hear_output, stop_when

LIMITS = SandboxLimits(memory=200, processes=24, disk=8, output=1)
Sh = Callable[..., Outcome]


@pytest.fixture
def sandbox() -> Sandbox:
    return open_sandbox(Settings(sandbox="none"), RepoConfig(sandbox=LIMITS, env={"ASKED": "for"}))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / ".git").write_text("gitdir: elsewhere\n")
    (tree / "code.txt").write_text("code\n")
    return tree


@pytest.fixture
def sh(sandbox: Sandbox, checkout: Path) -> Sh:
    def run(line: str, timeout: float = 20) -> Outcome:
        return sandbox.run(["/bin/sh", "-c", line], checkout=checkout, timeout=timeout)

    return run


def running(word: str) -> bool:
    return any(word in (p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"]))


def test_it_works_on_a_copy(sh: Sh, checkout: Path) -> None:
    """Exit code and output come through, and the tree the copy was made of stays as it was."""
    outcome = sh("cat code.txt; ls -A; echo x > code.txt; exit 4")
    assert (outcome.exit_code, outcome.output) == (4, "code\ncode.txt\n")
    assert (checkout / "code.txt").read_text() == "code\n"


def test_the_environment_is_clean(sh: Sh, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """No variable of the bot gets in but PATH, and ~ is not the user's home."""
    monkeypatch.setenv("HARMLESS", "swordfish")
    outcome = sh("env; echo ~")
    assert "swordfish" not in outcome.output
    assert str(home) not in outcome.output
    assert "ASKED=for\n" in outcome.output


@pytest.mark.slow
def test_a_hang_and_its_daemons_end(sh: Sh) -> None:
    """At the timeout all is gone, also what took a session of its own and ignores signals."""
    outcome = sh(
        "trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 7591' & sleep 7592", timeout=0.5
    )
    assert outcome.ended == "timeout"
    assert not running("7591")
    assert not running("7592")


def test_what_nobody_wants_any_more_ends(sh: Sh) -> None:
    """All of it is gone, and it has no result that could be taken for one."""
    heard = bytearray()
    with (
        hear_output(heard.extend),
        stop_when(lambda: b"begun" in heard),
        pytest.raises(CommandStoppedError),
    ):
        sh("setsid sleep 7595 & echo begun; sleep 7596", timeout=300)
    assert not running("7595")
    assert not running("7596")


def test_a_daemon_left_behind_ends_with_the_check(sh: Sh) -> None:
    """A daemon that closed its files and left its parent does not outlive a check that passed."""
    outcome = sh("(setsid sleep 7593 </dev/null >/dev/null 2>&1 &) ; echo left")
    assert (outcome.exit_code, outcome.output) == (0, "left\n")
    assert not running("7593")


def test_limits_hold(sh: Sh) -> None:
    """Processes, memory and output are watched, and one file is no larger than the disk limit."""
    assert sh("for n in $(seq 80); do sleep 7594 & done; sleep 60").ended == "processes"
    assert not running("7594")
    assert sh("python3 -c 'x = [b\"x\" * 2**20 * n for n in range(999)]'").ended == "memory"
    assert sh("yes").ended == "output"
    assert sh("head -c 9000000 /dev/zero > fill").exit_code != 0


def test_what_setup_left_is_found(sandbox: Sandbox, checkout: Path, tmp_path: Path) -> None:
    """Files setup made stand in the checkout and at home, its commands first on PATH."""
    made = tmp_path / "made"
    for folder in ("setup/bin", "home/.tool", "repo/node_modules"):
        (made / folder).mkdir(parents=True)
    (made / "repo/node_modules/lib.js").write_text("lib\n")
    (made / "setup/bin/hello").write_text("#!/bin/sh\necho hello\n")
    (made / "setup/bin/hello").chmod(0o755)
    outcome = sandbox.run(
        ["sh", "-c", "cat node_modules/lib.js; hello; ls -A ~; ls $BRICKLAYER_SETUP"],
        checkout=checkout,
        timeout=9,
        prepared=Prepared(made, ("node_modules",)),
    )
    assert outcome.output == "lib\nhello\n.tool\nbin\n"
