"""Code in a fence that nothing inside of it can close."""

import re


def fenced(title: str, text: str) -> str:
    """`title` stands alone on the line above; blank lines at the end go."""
    longest = max(map(len, re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{title}\n{fence}\n{text.rstrip()}\n{fence}"
