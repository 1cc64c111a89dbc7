"""Telling whether a file's bytes are text that a model may read and an edit may change."""


def is_binary(data: bytes) -> bool:
    """Whether it holds a NUL byte anywhere.

    git looks at the first 8,000 bytes only (`buffer_is_binary`,
    https://github.com/git/git/blob/master/xdiff-interface.c); a NUL further down would break an
    edit of text just as well.
    """
    return b"\0" in data


def decode_text(data: bytes) -> str | None:
    """The UTF-8 text, a byte order mark included; None for binary data or another encoding."""
    if is_binary(data):
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
