import pytest

from bot.text.plain_text import decode_text, is_binary


@pytest.mark.parametrize(
    ("data", "text", "binary"),
    [
        (b"", "", False),
        ("é\n".encode(), "é\n", False),
        (b"\xef\xbb\xbfa", "\ufeffa", False),
        ("é".encode("latin-1"), None, False),
        (b"a" * 9_000 + b"\0", None, True),
    ],
)
def test_bytes_are_text_without_a_nul_and_in_utf8(
    data: bytes, text: str | None, *, binary: bool
) -> None:
    """A NUL anywhere makes a file binary; any other encoding than UTF-8 is no text either."""
    assert decode_text(data) == text
    assert is_binary(data) is binary
