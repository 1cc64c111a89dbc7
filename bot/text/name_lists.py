"""Long lists of names, written as words."""


def split_names(text: str) -> frozenset[str]:
    """A set of names, written as words."""
    return frozenset(text.split())
