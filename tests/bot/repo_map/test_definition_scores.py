"""A definition is scored by its own lines and name, whatever else its file holds."""

from bot.code import Outline, outline_file
from bot.repo_map.definition_scores import score_definitions
from bot.repo_map.entry_kinds import read_word_lines

LEDGER = b'''class Ledger:
    """Holds accounts."""

    def close(self):
        def settle(parcel):
            return invoice(parcel)
        return settle

    def open_parcel(self):
        pass


def total():
    return 0
'''


def scores_of(*words: str) -> dict[str, float]:
    outlines = {"a.py": outline_file("a.py", LEDGER), "empty.py": Outline()}
    lines = {"a.py": read_word_lines("a.py", LEDGER)}
    found = score_definitions(dict.fromkeys(sorted(words), 1.0), outlines, lines)
    assert found["empty.py"] == ()
    return {
        symbol.name: score
        for symbol, score in zip(outlines["a.py"].symbols, found["a.py"], strict=True)
    }


def test_words_count_for_the_innermost_definition_and_the_functions_around_it() -> None:
    """Not for the class: every method's words would be its own, and it the best for all."""
    found = scores_of("invoic")
    assert found["settle"] > found["close"] > 0
    assert found["Ledger"] == found["open_parcel"] == found["total"] == 0


def test_a_word_in_the_name_says_more_than_one_in_a_line() -> None:
    found = scores_of("parcel")
    assert found["open_parcel"] > found["settle"] > 0


def test_what_a_definition_stands_in_counts_a_little() -> None:
    found = scores_of("ledg", "ledger")
    assert found["Ledger"] > found["close"] > found["total"] == 0
