"""What a planner is shown of the repository leaves room for the rest of its prompt."""

import pytest

from runners.planning.repo_lookup import count_map_tokens


@pytest.mark.parametrize(("window", "tokens"), [(200_000, 4000), (8192, 2048), (400, 100)])
def test_the_map_takes_what_is_set_and_at_most_a_quarter_of_the_window(
    window: int, tokens: int
) -> None:
    """A map that did not fit would be left out whole."""
    assert count_map_tokens(4000, window) == tokens
