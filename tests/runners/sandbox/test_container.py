"""The engine is a small real program on PATH that records its arguments and runs the command."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig, SandboxLimits
from bot.errors import UserError
from runners.sandbox import Prepared, open_sandbox
from runners.sandbox.container import engine_argv, mount_options, placing_lines

ENGINE = r"""#!{python}
import json, os, subprocess, sys
args = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(json.dumps(args) + "\n")
if args[0] in ("version", "info"):
    sys.exit({reach})
if args[0] != "run":
    sys.exit(0)
if {broken!r}:
    print("Unable to find image", file=sys.stderr)
    sys.exit(125)
at = {{v.split(":")[1]: v.split(":")[0] for o, v in zip(args, args[1:]) if o == "--volume"}}
box = {box!r}
def here(word):
    return word.replace("/origin", at["/origin"]).replace("/box", box)
env = dict(v.split("=", 1) for o, v in zip(args, args[1:]) if o == "--env")
env = {{k: here(v) for k, v in env.items()}} | {{"PATH": os.environ["PATH"]}}
command = [here(w) for w in args[args.index("picture:1") + 1 :]]
# Its own processes, as in any container: the command says `kill -9 -1` to what is left of it.
own = [{bwrap!r}, "--dev-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "--die-with-parent"]
os.execve(own[0], [*own, "--", *command], env)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / ".git").write_text("gitdir: elsewhere\n")
    (tree / "code.txt").write_text("code\n")
    return tree


class Engine:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"

    def install(self, name: str = "docker", reach: str = "0", broken: str = "") -> None:
        box = self.folder / "box"
        box.mkdir()
        program = self.folder / name
        program.write_text(
            ENGINE.format(
                python=sys.executable,
                bwrap=shutil.which("bwrap"),
                log=str(self.log),
                reach=reach,
                broken=broken,
                box=str(box),
            )
        )
        program.chmod(0o755)

    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    folder = tmp_path / "engine"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return Engine(folder)


CONFIG = RepoConfig(image="picture:1", sandbox=SandboxLimits(memory=512, processes=10, disk=100))


def test_the_command_runs_in_the_image_the_repository_names(engine: Engine, checkout: Path) -> None:
    """With `image` set, a check goes to the engine, and its exit code and output come back."""
    engine.install()
    sandbox = open_sandbox(Settings(sandbox="docker"), CONFIG)
    outcome = sandbox.run(["sh", "-c", "cat code.txt; ls -A; exit 3"], checkout=checkout, timeout=9)
    assert (outcome.exit_code, outcome.limits) == (3, "engine")
    assert outcome.output == "code\ncode.txt\n"
    assert [call[0] for call in engine.calls()] == ["version", "run"]


def test_a_timeout_kills_the_container_by_name(engine: Engine, checkout: Path) -> None:
    """The client's end is not the container's: at a timeout it is killed by its own name."""
    engine.install()
    sandbox = open_sandbox(Settings(sandbox="docker"), CONFIG)
    outcome = sandbox.run(["sleep", "7490"], checkout=checkout, timeout=0.3)
    assert outcome.ended == "timeout"
    run, kill = engine.calls()[-2:]
    assert kill == ["kill", run[run.index("--name") + 1]]


def test_a_container_that_does_not_start_is_no_verdict(engine: Engine, checkout: Path) -> None:
    """An image that cannot be had is told to the person in the engine's words."""
    engine.install(broken="yes")
    sandbox = open_sandbox(Settings(sandbox="docker"), CONFIG)
    with pytest.raises(UserError, match="Unable to find image"):
        sandbox.run(["true"], checkout=checkout, timeout=9)


def test_an_engine_that_does_not_answer_is_told(engine: Engine) -> None:
    """A daemon that cannot be reached is an error at once, with the mend."""
    engine.install("podman", reach="'no daemon here'")
    with pytest.raises(UserError, match="podman cannot be reached: no daemon here"):
        open_sandbox(Settings(sandbox="podman"), CONFIG)


def test_an_engine_that_is_not_installed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No engine at all: the error names it, and nothing weaker is used instead."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="docker is not installed"):
        open_sandbox(Settings(), CONFIG)


def test_image_and_sandbox_must_agree() -> None:
    """An engine without an image, or an image with sandbox none, is refused with the mend."""
    with pytest.raises(UserError, match="needs an image"):
        open_sandbox(Settings(sandbox="docker"), RepoConfig())
    with pytest.raises(UserError, match="wants the image"):
        open_sandbox(Settings(sandbox="none"), CONFIG)


def test_the_engine_is_told_every_limit() -> None:
    """No network, no capability, no new privilege, a read-only system; memory, processes, disk."""
    line = " ".join(engine_argv("docker", "n", CONFIG.sandbox, "none"))
    for words in (
        "--network none",
        "--read-only",
        "--cap-drop ALL",
        "--security-opt no-new-privileges",
        "--memory 512m --memory-swap 512m",
        "--pids-limit",
        "--rm --init --name n",
        "size=104857600",
    ):
        assert words in line
    assert re.search(r"--user [1-9]\d*:[1-9]", line)
    assert "--network bridge" in " ".join(engine_argv("docker", "n", CONFIG.sandbox, "bridge"))


def test_only_the_checkout_is_mounted_and_its_git_is_masked(checkout: Path) -> None:
    """The checkout read-only, nothing over `.git` but emptiness, be it a file or a folder."""
    masked = f"{os.devnull}:/origin/.git:ro"
    assert mount_options(checkout, None, 9) == [
        "--volume",
        f"{checkout}:/origin:ro",
        "--volume",
        masked,
    ]
    (checkout / ".git").unlink()
    (checkout / ".git").mkdir()
    assert mount_options(checkout, None, 9)[2:] == ["--tmpfs", "/origin/.git:ro,size=4096"]


def test_what_setup_left_is_mounted_read_only_and_linked(checkout: Path, tmp_path: Path) -> None:
    """The setup folder is read-only; what it made in the checkout is linked into the copy."""
    made = tmp_path / "made"
    (made / "repo" / "node modules").mkdir(parents=True)
    prepared = Prepared(made, ("node modules", "code.txt"))
    assert f"{made}/setup:/box/setup:ro" in mount_options(checkout, prepared, 9)
    assert f"{made}:/prepared:ro" in mount_options(checkout, prepared, 9)
    told = placing_lines(checkout, prepared)
    assert "ln -s '/prepared/repo/node modules' /box/repo/ || exit 125" in told
    assert "code.txt" not in told


def test_what_is_copied_is_no_link_and_caches_within_the_rest_are_in_memory(
    checkout: Path, tmp_path: Path
) -> None:
    """A build folder is the check's own; a bundler may write below what it only reads."""
    made = tmp_path / "made"
    for name in ("repo/target", "repo/node_modules/.vite"):
        (made / name).mkdir(parents=True)
    nested = ("repo/node_modules/.vite",)
    prepared = Prepared(made, ("target", "node_modules"), copied=("repo/target",), nested=nested)
    told = placing_lines(checkout, prepared)
    assert "cp -a /prepared/repo/target /box/repo/ || exit 125" in told
    assert "ln -s /prepared/repo/node_modules /box/repo/ || exit 125" in told
    options = mount_options(checkout, prepared, 9)
    assert any(each.startswith("/prepared/repo/node_modules/.vite:rw") for each in options)
