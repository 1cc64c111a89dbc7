"""Code without its comments and strings, every other character at its place."""

import re

_CHARACTER = r"'(?:\\[^\n]{1,10}|[^\\'\n])'"
_ONE_LINE = r""""(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?"""
_TRIPLE = r'"""(?:\\.|(?!""").)*+(?:"""|\Z)'
_TRIPLE_SINGLE = r"'''(?:\\.|(?!''').)*+(?:'''|\Z)"
_SLASHES = r"//[^\n]*|/\*.*?(?:\*/|\Z)"
_FORMS = {
    "python": rf"#[^\n]*|{_TRIPLE}|{_TRIPLE_SINGLE}|{_ONE_LINE}",
    "ruby": rf"#[^\n]*|^=begin\b.*?(?:^=end\b|\Z)|{_ONE_LINE}",
    "go": rf"{_SLASHES}|`[^`]*`?|{_ONE_LINE}",
    "rust": rf'{_SLASHES}|\br(#*)".*?(?:"\1|\Z)|"(?:\\.|[^"\\])*"?|{_CHARACTER}',
    "java": rf"{_SLASHES}|{_TRIPLE}|{_ONE_LINE}",
}
_SCRIPT = rf"{_SLASHES}|`(?:\\.|[^`\\])*`?|{_ONE_LINE}"
_COMPILED = {
    name: re.compile(form, re.DOTALL | re.MULTILINE)
    for name, form in {
        **_FORMS,
        **dict.fromkeys(("javascript", "typescript", "tsx", "php"), _SCRIPT),
        **dict.fromkeys(("kotlin", "csharp", "scala", "swift"), _FORMS["java"]),
    }.items()
}
_SAID = re.compile(r"[^\n]")
_QUOTES = frozenset("\"'`")


def strip_comments(language: str, text: str) -> str:
    """Blanks in place of comments, and of strings of several lines; others stay."""
    return _COMPILED[language].sub(lambda found: _blank(found[0], strings=False), text)


def strip_comments_and_strings(language: str, text: str) -> str:
    """Blanks in place of comments and of all strings, their quotes too."""
    return _COMPILED[language].sub(lambda found: _blank(found[0], strings=True), text)


def _blank(said: str, *, strings: bool) -> str:
    stays = not strings and said[0] in _QUOTES and "\n" not in said
    return said if stays else _SAID.sub(" ", said)
