"""A repository's `[auto]` is written at the end of its file, and nothing else is touched."""

import pytest

from bot.config.repository import KindStart, parse_repo_config
from bot.errors import UserError
from runners.promotion.write_starts import set_starts

TEXT = """\
# Ours.
label = "bot"   # short

[auto.docs]
tier = "local"
local = "a"
senior = "b"

[ auto . "fix" ]  # measured in May
# By hand.
tier = "local"
local = "a"
senior = "b"

# How it is tested.
[checks.test]
run = '''
[auto.fix]
'''
"""
SENIOR = KindStart(tier="senior", local='llama-server:a"b.gguf', senior="cli:claude")


def test_a_table_of_the_kind_is_replaced_and_all_else_stays() -> None:
    text = set_starts(TEXT.replace("[auto.fix]\n'''", "true\n'''"), {"fix": SENIOR})
    config = parse_repo_config(text)
    assert config.auto == {
        "docs": KindStart(tier="local", local="a", senior="b"),
        "fix": SENIOR,
    }
    assert text.startswith('# Ours.\nlabel = "bot"   # short\n\n[auto.docs]\n')
    assert "By hand" not in text
    assert "\n\n# How it is tested.\n[checks.test]\n" in text


@pytest.mark.parametrize(
    "text",
    [
        '[auto]\nfix = {tier = "local", local = "a", senior = "b"}\n',
        'auto.fix.tier = "local"\nauto.fix.local = "a"\nauto.fix.senior = "b"\n',
        TEXT,  # a line of a check looks like a table
    ],
    ids=["inline", "dotted", "in a text"],
)
def test_what_cannot_be_edited_is_told_with_what_to_write(text: str) -> None:
    with pytest.raises(UserError) as told:
        set_starts(text, {"fix": SENIOR})
    assert '[auto.fix]\ntier = "senior"\nlocal = "llama-server:a\\"b.gguf"' in (
        told.value.hint or ""
    )


def test_of_an_empty_file_the_tables_are_all_there_is() -> None:
    assert set_starts("", {"fix": SENIOR}).startswith("[auto.fix]\n")


def test_lines_end_as_they_did() -> None:
    text = set_starts('label = "bot"\r\n', {"fix": SENIOR})
    assert text.startswith('label = "bot"\r\n\r\n[auto.fix]\r\n')
    assert text.count("\n") == text.count("\r\n")
