"""Paths as diff headers write them: prefixed, quoted, with a timestamp behind."""

import re

from runners.edits.target_file import Names

NULL = "/dev/null"
STAMP = re.compile(r"(?<!\s)\s+\d{4}-\d\d-\d\d[ T].*$")
OCTAL = re.compile(r"\\([0-7]{3})")


def header_path(text: str) -> str:
    """The path of a `---` or `+++` line, unquoted as git quotes."""
    text = STAMP.sub("", text.split("\t", maxsplit=1)[0].strip())
    if len(text) > 1 and text[0] == text[-1] == '"':
        plain = OCTAL.sub(lambda found: chr(int(found[1], 8) & 255), text[1:-1])
        plain = plain.replace('\\"', '"').replace("\\\\", "\\")
        return plain.encode("latin-1", "replace").decode("utf-8", "replace")
    return text.strip("`")


def git_paths(rest: str) -> tuple[str, str]:
    """Both paths of a `diff --git` line; blanks stand unquoted, so equal halves are looked for."""
    if rest.startswith('"'):
        halves = re.findall(r'"(?:[^"\\]|\\.)*"|\S+', rest)
        return header_path(halves[0]), header_path(halves[-1])
    half = len(rest) // 2
    if rest[half : half + 1] == " " and rest[2:half] == rest[half + 3 :]:
        return rest[:half], rest[half + 1 :]
    words = rest.split(" ")
    return (words[0], words[1]) if len(words) == 2 else ("", "")  # noqa: PLR2004 - old and new


def real_paths(old: str, new: str, names: Names) -> tuple[str, str]:
    """Both paths without git's a/ and b/, unless the repository has such directories."""
    pair = old.startswith("a/") and new.startswith("b/")
    return _real(old, "a/", new, names, pair=pair), _real(new, "b/", old, names, pair=pair)


def _real(path: str, lead: str, other: str, names: Names, *, pair: bool) -> str:
    bare = path.removeprefix(lead)
    if path in {NULL, bare}:
        return path
    if pair or names.known(bare):
        return bare
    return bare if other == NULL and not names.exists(path) else path
