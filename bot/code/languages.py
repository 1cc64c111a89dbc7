"""The language of a file, by its name and, where that is silent, its first line."""

import re
from types import MappingProxyType

EXTENSIONS = MappingProxyType(
    {
        "py": "python",
        "pyi": "python",
        "pyw": "python",
        "js": "javascript",
        "jsx": "javascript",
        "mjs": "javascript",
        "cjs": "javascript",
        "ts": "typescript",
        "mts": "typescript",
        "cts": "typescript",
        "tsx": "tsx",
        "go": "go",
        "rs": "rust",
        "java": "java",
        "c": "c",
        "h": "c",
        "cc": "cpp",
        "cpp": "cpp",
        "cxx": "cpp",
        "c++": "cpp",
        "hh": "cpp",
        "hpp": "cpp",
        "hxx": "cpp",
        "h++": "cpp",
        "ipp": "cpp",
        "cs": "csharp",
        "rb": "ruby",
        "rake": "ruby",
        "gemspec": "ruby",
        "php": "php",
        "kt": "kotlin",
        "kts": "kotlin",
        "swift": "swift",
        "scala": "scala",
        "sc": "scala",
        "sh": "bash",
        "bash": "bash",
        "bats": "bash",
    }
)
FILE_NAMES = MappingProxyType(
    {
        "Rakefile": "ruby",
        "Gemfile": "ruby",
        "Vagrantfile": "ruby",
        ".bashrc": "bash",
        ".bash_profile": "bash",
        ".profile": "bash",
    }
)
INTERPRETERS = MappingProxyType(
    {
        "python": "python",
        "pypy": "python",
        "node": "javascript",
        "nodejs": "javascript",
        "deno": "typescript",
        "ts-node": "typescript",
        "ruby": "ruby",
        "php": "php",
        "sh": "bash",
        "bash": "bash",
        "dash": "bash",
        "ksh": "bash",
        "zsh": "bash",
    }
)
# `env -S` splits what follows it: https://man7.org/linux/man-pages/man1/env.1.html
SHEBANG = re.compile(rb"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*)?(?:\S*/)?([A-Za-z-]+)")
# Much as https://github.com/github-linguist/linguist/blob/main/lib/linguist/heuristics.yml does.
CPP_HINT = re.compile(
    rb"^[ \t]*(?:class[ \t]+\w+[^;()\n]*[{:]|class[ \t]+\w+[ \t]*;|namespace\b[^;()\n]*(?:\{|$)"
    rb"|template[ \t]*<|using[ \t]+(?:namespace\b|\w+[ \t]*=)|(?:public|private|protected)[ \t]*:"
    rb"|#[ \t]*include[ \t]*<(?:string|vector|map|memory|utility|functional|iostream|cstd\w+)>)",
    re.MULTILINE,
)
MAX_HEADER_BYTES = 64 * 1024
"""How much of a `.h` is searched for what only C++ has."""


def language_of(path: str, body: bytes = b"") -> str:
    """One of the languages there is a query for; empty for every other file."""
    name = path.rpartition("/")[2]
    if named := FILE_NAMES.get(name):
        return named
    stem, dot, extension = name.rpartition(".")
    language = EXTENSIONS.get(extension.lower(), "") if dot and stem else ""
    if language == "c" and extension.lower() == "h" and CPP_HINT.search(body[:MAX_HEADER_BYTES]):
        return "cpp"
    return language if language or dot else _language_of_shebang(body)


def _language_of_shebang(body: bytes) -> str:
    found = SHEBANG.match(body[:256])
    return INTERPRETERS.get(found[1].decode("ascii").lower(), "") if found else ""
