"""The command line as a whole: what every command has, and what a shell completes."""

import os
import re
import subprocess

import pytest
from support.template_client import COMMAND
from typer.testing import CliRunner

from handlers.cli import app

NAMES = [str(command.name) for command in app.registered_commands]


def run(*args: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    argv = [COMMAND, *args]
    env = {**os.environ, **variables}
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False, env=env)


def ask(*words: str) -> str:
    """What the command prints for these words, in this process: starting it takes longer."""
    done = CliRunner().invoke(app, words, prog_name="bricklayer")
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("words", [[], *([name] for name in NAMES), ["app"], ["app", "create"]])
def test_every_command_helps_by_either_name_and_tells_its_exit_codes(words: list[str]) -> None:
    """`-h` is `--help`, with each exit code in it."""
    short = ask(*words, "-h")
    assert short == ask(*words, "--help")
    told = " ".join(short.split())
    for code in ("0 done", "1 ended without it", "2 something", "70 the machine", "130 interr"):
        assert code in told
    assert not re.search(r"\{[a-z]", short), "names of arguments are in capitals"


def test_every_command_is_told_in_one_line() -> None:
    """The list of commands names each once, with what it is for."""
    listed = ask("--help")
    for name in NAMES:
        assert len(re.findall(rf"^  {name} +[A-Z]", listed, re.MULTILINE)) == 1
    assert len(NAMES) == len(set(NAMES))


def test_the_command_alone_helps() -> None:
    """Whoever tries it first has done nothing wrong."""
    done = run()
    assert (done.returncode, done.stdout) == (0, run("--help").stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script_and_then_its_words(shell: str) -> None:
    """The script asks the command itself, by a variable."""
    script = run("completion", shell)
    assert script.returncode == 0
    assert f"_BRICKLAYER_COMPLETE=complete_{shell}" in script.stdout


@pytest.mark.slow
def test_bash_completes_commands_and_options_by_that_script() -> None:
    """As bash does it: source the script, call the function it names, read COMPREPLY."""
    lines = (
        f"source <({COMMAND} completion bash); "
        "COMP_WORDS=(bricklayer {words}); COMP_CWORD={at}; "
        f"_bricklayer_completion {COMMAND}; "
        'echo "${{COMPREPLY[@]}}"'
    )
    for words, at, wanted in (("che", 1, "check"), ("run --fr", 2, "--fresh")):
        line = lines.format(words=words, at=at)
        done = subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stdout.split() == [wanted], done.stderr


def test_another_shell_is_refused_with_those_there_are() -> None:
    done = run("completion", "tcsh")
    assert done.returncode == 2
    assert all(shell in done.stderr for shell in ("bash", "zsh", "fish"))
