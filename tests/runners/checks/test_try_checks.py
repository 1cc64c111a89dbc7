from pathlib import Path

import pytest
from support.setup_source import make_source

from bot.config.repository import CheckCommand, RepoConfig, Setup
from runners.checks.setup_cache import TrustedTree
from runners.checks.try_checks import Trial, try_checks

FILES: dict[str, str | None] = {"a.py": "import gone\n", "test_a.py": "import gone\n"}


def tried(room: Path, config: RepoConfig, *names: str) -> tuple[list[Trial], list[str]]:
    source, told = make_source(room, FILES), list[str]()
    trusted = TrustedTree(source.repo, source.head, config)
    return list(try_checks(trusted, source.settings, told.append, names)), told


def checks(**lines: str) -> dict[str, CheckCommand]:
    return {name: CheckCommand(run=line, timeout=20) for name, line in lines.items()}


def test_setup_and_each_check_run_once_and_say_what_came(tmp_path: Path) -> None:
    """Each has its own result, in the order of the file, with its output only where it is red."""
    config = RepoConfig(
        setup=Setup(command="touch left"),
        checks=checks(
            good="test -e left && touch mine",
            red="test -e mine || { echo it is broken; exit 3; }",
            absent="no-such-command-here",
            module="python3 a.py",
            none="python3 -m unittest discover -s . -p 'none*'",
        ),
    )
    found, told = tried(tmp_path, config)
    assert [(each.name, each.passed, each.ran) for each in found] == [
        ("setup", True, True),
        ("good", True, True),
        ("red", False, True),
        ("absent", False, False),
        ("module", False, False),
        ("none", False, False),
    ]
    red, absent, module = found[2:5]
    assert (red.why, red.digest) == ("exit 3", "it is broken")
    assert "did not find its command" in absent.why
    assert "no-such-command-here" in absent.hint
    assert module.hint == "[setup] must install gone"
    assert told[0] == "setup: touch left"


def test_a_setup_that_fails_is_the_only_result(tmp_path: Path) -> None:
    """No check can say anything without what it needs."""
    command = "echo cannot install >&2; exit 4"
    config = RepoConfig(setup=Setup(command=command), checks=checks(good="true"))
    [setup] = tried(tmp_path, config)[0]
    assert (setup.is_setup, setup.passed) == (True, False)
    assert "exit 4" in setup.why
    assert setup.digest == "cannot install"
    assert setup.hint


def test_a_single_check_is_tried_by_its_name(tmp_path: Path) -> None:
    """What is not named does not run."""
    [only] = tried(tmp_path, RepoConfig(checks=checks(a="true", b="false")), "b")[0]
    assert (only.name, only.passed) == ("b", False)


@pytest.mark.slow
def test_a_check_that_takes_too_long_says_which_setting_gives_it_more(tmp_path: Path) -> None:
    """The mend of a timeout is named with its table."""
    config = RepoConfig(checks={"slow": CheckCommand(run="sleep 60", timeout=1)})
    [slow] = tried(tmp_path, config)[0]
    assert "still running after 1 s" in slow.why
    assert slow.hint == "if it needs longer, raise timeout in [checks.slow]"
