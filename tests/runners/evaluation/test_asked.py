"""What a person asks for is read whole before anything is begun."""

from pathlib import Path

import pytest

from bot.config.machine import parse_settings
from bot.errors import UserError
from runners.evaluation.asked import Asked, read_ways, run_asked
from runners.evaluation.contenders import Ways

SETTINGS = """
[tiers.local]
models = ["ollama:small:7b"]
base_url = "http://127.0.0.1:9/v1"
"""


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Asked(tiers=("planner",)), "It takes local, senior"),
        (Asked(by=("colour",)), "It takes kind, size, language"),
        (Asked(candidates=("9",)), "Write numbers from 1 to 8"),
        (Asked(thinking=("12",)), "at least 64"),
        (Asked(thinking=("8000",)), "leaves no room in a window of 8192"),
        (Asked(strategies=("magic",)), "magic is none of them"),
        (Asked(modes=("slow",)), "It takes one-file, agent"),
        (Asked(repos=Path("/x")), "it is about task sets"),
        (Asked(sets=(Path("/nowhere"),)), "there is no such task set"),
        (Asked(sets=(Path("/nowhere"),), jobs=("a",)), "--jobs and --tasks at once"),
        (Asked(tiers=("senior",)), r"there is no \[tiers.senior\]"),
        (Asked(), "there are no jobs yet"),
    ],
)
def test_a_word_that_is_none_is_told_with_those_that_are(
    tmp_path: Path, asked: Asked, why: str
) -> None:
    settings = parse_settings(f'state_dir = "{tmp_path}"\n{SETTINGS}')
    with pytest.raises(UserError, match=why):
        run_asked(asked, settings)


def test_each_option_is_read_to_what_it_means() -> None:
    asked = Asked(
        candidates=("1", "3"),
        thinking=("off", "2048"),
        strategies=("another way; fix one failure",),
    )
    assert read_ways(asked) == Ways(
        candidates=(1, 3),
        thinking=("off", 2048),
        strategies=(("another way", "fix one failure"),),
    )
