"""The scripts of `bricklayer completion` in the shells themselves, as docs/install.md sets them up."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent
SECONDS = 60.0


def write_script(shell: str, path: Path) -> None:
    argv = [BIN / "bricklayer", "completion", shell]
    done = subprocess.run(argv, capture_output=True, timeout=60, check=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(done.stdout)


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_completes_commands_and_options(home: Path) -> None:
    write_script("fish", home / ".config/fish/completions/bricklayer.fish")
    env = {"HOME": str(home), "PATH": f"{BIN}:{os.environ['PATH']}"}
    for typed, wanted in (("bricklayer che", "check"), ("bricklayer run --fr", "--fresh")):
        argv = ["fish", "-c", f"complete -C '{typed}'"]
        done = subprocess.run(
            argv, env=env, capture_output=True, text=True, timeout=SECONDS, check=True
        )
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == [wanted]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_option_installs_for_the_shell_it_is_run_in(home: Path, shell: str) -> None:
    """And in bash the next shell completes by it."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    env = {"HOME": str(home), "PATH": f"{BIN}:{os.environ['PATH']}", "SHELL": f"/bin/{shell}"}
    argv = [shell, "-c", "bricklayer --install-completion; true"]
    done = subprocess.run(
        argv, env=env, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert f"{shell} completion installed" in done.stdout + done.stderr
    if shell == "bash":
        words = "COMP_WORDS=(bricklayer che); COMP_CWORD=1; _bricklayer_completion bricklayer"
        line = f"source ~/.bashrc; {words}; echo $COMPREPLY"
        said = subprocess.run(
            ["bash", "-c", line], env=env, capture_output=True, text=True, timeout=60, check=True
        )
        assert said.stdout.split() == ["check"]


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
@pytest.mark.parametrize(
    ("typed", "wanted"), [("bricklayer che", "ck"), ("bricklayer run --fr", "esh")]
)
def test_zsh_completes_commands_and_options(home: Path, typed: str, wanted: str) -> None:
    """In a terminal: the words before the cursor, a tab, and the rest of the word comes."""
    write_script("zsh", home / ".zfunc/_bricklayer")
    rc = "fpath+=~/.zfunc\nautoload -Uz compinit\ncompinit -u\nPS1=ready-\n"
    (home / ".zshrc").write_text(rc)
    env = {"HOME": str(home), "PATH": f"{BIN}:{os.environ['PATH']}", "TERM": "dumb"}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("zsh", ["zsh", "-i"], env)  # noqa: S606  # the shell of the test
    try:
        read_until(terminal, b"ready-")
        os.write(terminal, typed.encode() + b"\t")
        read_until(terminal, f"{typed}{wanted}".encode())
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


def read_until(terminal: int, wanted: bytes) -> None:
    seen, end = b"", time.monotonic() + SECONDS
    while wanted not in seen.replace(b"\a", b""):
        left = end - time.monotonic()
        assert left > 0, seen
        assert select.select([terminal], [], [], left)[0], seen
        seen += os.read(terminal, 4096)
