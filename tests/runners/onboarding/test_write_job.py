"""The first job tells how the repository is tested, and nothing that is not so there."""

import pytest

from bot.config.repository import parse_repo_config
from bot.plan import parse_job
from runners.onboarding.write_job import write_job

CHECK = '[checks.test]\nrun = "make check"\n'


@pytest.mark.parametrize(
    ("setup", "told", "untold"),
    [
        ("", "make check", "installed by"),
        ('[setup]\ncommand = "npm ci"\n', "    npm ci", "BRICKLAYER_SETUP"),
        (
            '[setup]\ncommand = "python3 -m venv $BRICKLAYER_SETUP/venv"\n',
            "export BRICKLAYER_SETUP=",
            "submodule",
        ),
        (
            '[setup]\ncommand = "true"\nsubmodules = true\n',
            "    git submodule update --init",
            "    true",
        ),
    ],
)
def test_it_tells_what_installs_the_tests_needs_and_nothing_else(
    setup: str, told: str, untold: str
) -> None:
    """A folder that no command names, and a command that does nothing, are not spoken of."""
    job = parse_job(write_job("TESTING.md", parse_repo_config(CHECK + setup), ["test"]))
    text = job.tasks[0].blocks[0].text
    assert told in text
    assert untold not in text
