"""Where a check fails for what the sandbox lacks, a person is told what to do about it."""

from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import CheckCommand, RepoConfig
from bot.plan import Check
from runners.checks.check import run_check
from runners.checks.sandbox_hints import Surroundings, explain_missing_command, find_hint
from runners.checks.verdict import explain_limit
from runners.sandbox import Prepared, open_sandbox

INSIDE = Surroundings("test", "bwrap", prepared=Prepared(Path("/kept"), ("target", "web/dist")))


@pytest.fixture
def cargo(home: Path) -> Path:
    for path in (".cargo/bin/cargo", ".rustup/toolchains/stable/bin/rustc", "kit/bin/frob"):
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text("#!/bin/sh\n")
        (home / path).chmod(0o755)
    return home


@pytest.mark.usefixtures("cargo")
@pytest.mark.parametrize(
    "line",
    ["cargo test", "bash -c 'cargo test'", "exec /usr/bin/env cargo", "cd . && cargo test --quiet"],
)
def test_a_command_that_lies_at_home_is_said_with_the_setting_that_shows_it(
    line: str, tmp_path: Path
) -> None:
    """On the base, before a model is asked: the check cannot run, and the line to write is there."""
    config = RepoConfig(checks={"it": CheckCommand(run=line)})
    sandbox = open_sandbox(Settings(), config)
    verdict = run_check(Check("run", "it"), config, tmp_path, sandbox)
    assert (verdict.ran, verdict.exit_code) == (False, 127)
    assert "cargo is in ~/.cargo/bin, which checks do not see" in verdict.why
    assert 'toolchains = ["rust"] in ~/.config/bricklayer/bricklayer.toml' in verdict.why


def test_a_command_of_no_known_toolchain_is_named_by_its_folder(cargo: Path) -> None:
    """A folder of many commands is not shown for one of them."""
    (cargo / ".local/bin").mkdir(parents=True)
    found = {"frob": f"{cargo}/kit/bin/frob", "mine": f"{cargo}/.local/bin/mine"}
    assert 'toolchains = ["~/kit"]' in explain_missing_command("frob", which=found.get)
    assert 'toolchains = ["~/.local/bin/mine"]' in explain_missing_command("mine", which=found.get)
    assert "this machine has no other" in explain_missing_command("other", which=found.get)


def test_in_an_image_this_machine_s_commands_are_of_no_use() -> None:
    told = explain_missing_command("cargo", "docker", "python:3.12")
    assert told.startswith("the image python:3.12 has no cargo")


@pytest.mark.parametrize(
    ("output", "hint"),
    [
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "[services]"),
        ("docker.errors.DockerException: Error while fetching server API version", "[services]"),
        ("IllegalStateException: Could not find a valid Docker environment", "[services]"),
        ("/bin/sh: 1: docker-compose: not found", "[services]"),
        ("Error: Could not find a working container runtime strategy", "[services]"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'docker'", "[services]"),
        ("make: docker: No such file or directory\nmake: *** [Makefile:2: t] Error 127", "[services]"),
        ("fatal: not a git repository (or any of the parent directories): .git", "git = true"),
        ("LookupError: setuptools-scm was unable to detect version for /box/repo.", "git = true"),
        ("curl: (6) Could not resolve host: example.com", "no network"),
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", "no network"),
        ("Error: getaddrinfo EAI_AGAIN registry.npmjs.org", "no network"),
        ("Installing build dependencies: started\nNameResolutionError(", "TOX_OVERRIDE"),
        ("dial tcp: lookup proxy.golang.org on 1.1.1.1:53: no such host", "no network"),
        ("error: failed to open: target/debug/.cargo-lock\nRead-only file system (os error 30)", ""),
        ("failed to open: /box/repo/target/debug/.cargo-lock: Read-only file system", '["target"]'),
        ("touch: cannot touch 'web/dist/x': Read-only file system", '["web/dist"]'),
        ("touch: cannot touch '/etc/x': Read-only file system", ""),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'data.json'", ""),
        ("AssertionError: 1 != 2", ""),
    ],
)  # fmt: skip
def test_each_lack_is_read_from_the_words_that_tools_use_for_it(output: str, hint: str) -> None:
    found = find_hint(f"running\n{output}\nend\n", 1, INSIDE)
    assert hint in found
    assert bool(found) == bool(hint)
    assert not find_hint(output, 0, INSIDE)


def test_red_stays_red_and_its_hint_is_for_people(tmp_path: Path) -> None:
    """Code under change could print these words, too: they decide nothing."""
    config = RepoConfig(checks={"it": CheckCommand(run="git status")})
    verdict = run_check(Check("run", "it"), config, tmp_path, open_sandbox(Settings(), config))
    assert (verdict.passed, verdict.ran) == (False, True)
    assert "git = true under [checks.it]" not in verdict.why
    assert "git = true under [checks.it]" in explain_limit(verdict)


@pytest.mark.parametrize(
    "word", ["x" * 70_000, "sh: " * 20_000, "a/" * 40_000, "/box/repo/" * 9000]
)
def test_hostile_output_takes_no_long_time(word: str) -> None:
    find_hint(f"{word}: Read-only file system\n{word}", 1, INSIDE)
