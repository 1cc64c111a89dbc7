"""What a server of models tells is read where it has the known form, and else counts as not told."""

import pytest

from bot.models.server_answers import read_count, read_loaded_window, read_object, read_own_window


@pytest.mark.parametrize(
    ("parameters", "window"),
    [
        ('num_ctx                        16384\nstop "<|end|>"', 16384),
        ("temperature 0.7\nnum_ctx 8192", 8192),
        ("num_ctx " + "9" * 5000, 0),
        ('stop "num_ctx 4096"', 0),
        ("num_ctx 8192x", 0),
        (None, 0),
        (["num_ctx 8192"], 0),
    ],
)
def test_ollamas_own_window_is_a_line_of_its_parameters(parameters: object, window: int) -> None:
    assert read_own_window({"parameters": parameters}) == window


def test_a_loaded_window_is_that_of_the_model_that_is_named() -> None:
    answer = {"models": [{"name": "a", "context_length": 1}, 7, {"name": "b:latest"}]}
    assert read_loaded_window(answer, ["a", "a:latest"]) == 1
    assert read_loaded_window(answer, ["b", "b:latest"]) == 0
    assert read_loaded_window({"models": "a"}, ["a"]) == 0


@pytest.mark.parametrize("found", [True, -1, 0, 1 << 40, 2.0, "8192", None, [8192]])
def test_what_is_no_number_of_tokens_is_none(found: object) -> None:
    assert read_count(found) == 0


@pytest.mark.parametrize("body", [b"", b"[1]", b"nul", b"\xff", b"[" * 100_000, b"9" * 5000])
def test_what_is_no_object_is_empty(body: bytes) -> None:
    assert read_object(body) == {}
