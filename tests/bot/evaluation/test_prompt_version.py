"""The version of the prompts follows what models are told, and not how the source is written."""

import pytest

from bot.evaluation.prompt_version import digest_prompts, digest_source

SOURCE = 'SAID = "Reply with the file."\n\n\ndef tell():\n    return SAID\n'


@pytest.mark.parametrize(
    "text",
    [
        f"# Why.\n{SOURCE}",
        f'"""What it is."""\n\n{SOURCE}',
        SOURCE.replace("    return", '    """Of it."""\n    return'),
        SOURCE.replace('file."\n', 'file."\n"""Of it."""\n'),
    ],
)
def test_comments_and_docstrings_make_no_other_version(text: str) -> None:
    assert digest_source(text) == digest_source(SOURCE)


def test_another_word_for_a_model_is_another_version() -> None:
    assert digest_source(SOURCE.replace("the file", "one file")) != digest_source(SOURCE)
    assert len(digest_prompts()) == 12
