"""Which words of an issue a test must share to say anything of it."""

from runners.planning.verify_settled import list_code_words


def test_words_that_any_file_of_tests_has_tell_nothing() -> None:
    """Else any green test would show that an issue which quotes some code is solved."""
    text = "`import bank` and `self.assertEqual(None, True)` in test(): withdraw() is `async`."
    assert list_code_words(text) == {"bank", "withdraw"}
