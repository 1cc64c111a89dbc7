"""Which files a fence's language tag can stand for."""

from runners.edits.fences import NOT_CODE, SHELL

_ENDINGS = {
    "python": "py pyi",
    "py": "py pyi",
    "python3": "py pyi",
    "javascript": "js mjs cjs jsx",
    "js": "js mjs cjs jsx",
    "jsx": "jsx js",
    "typescript": "ts tsx mts",
    "ts": "ts tsx mts",
    "tsx": "tsx ts",
    "go": "go",
    "golang": "go",
    "rust": "rs",
    "rs": "rs",
    "java": "java",
    "kotlin": "kt kts",
    "c": "c h",
    "cpp": "cpp cc cxx hpp hh h",
    "c++": "cpp cc cxx hpp hh h",
    "csharp": "cs",
    "cs": "cs",
    "ruby": "rb",
    "rb": "rb",
    "php": "php",
    "swift": "swift",
    "html": "html htm jinja j2 md",
    "css": "css",
    "scss": "scss",
    "json": "json",
    "yaml": "yaml yml",
    "yml": "yaml yml",
    "toml": "toml",
    "ini": "ini cfg",
    "sql": "sql",
    "markdown": "md markdown",
    "md": "md markdown",
    "rst": "rst",
    "xml": "xml svg",
    "lua": "lua",
    "perl": "pl pm",
    "diff": "diff patch",
    **dict.fromkeys(SHELL, "sh bash zsh fish ps1 bat cmd"),
    **dict.fromkeys(NOT_CODE - SHELL, "txt log"),
}
FENCING = frozenset({"md", "markdown", "mdx"})
"""Kinds of file that hold fences of their own."""
PROSE = frozenset({"md", "markdown", "mdx", "rst", "txt"})
MARKUP = PROSE | frozenset(
    {"html", "htm", "xml", "svg", "vue", "jsx", "tsx", "jinja", "j2", "jinja2", "hbs", "erb", "php"}
)
"""Kinds of file in which entities and typographic quotes are at home."""


def ending(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[1].lower() if "." in name.lstrip(".") else ""


def fits(language: str, path: str) -> bool:
    """Whether a fence of that language may hold that file; an untagged or unknown one may."""
    wanted = _ENDINGS.get(language)
    return not language or wanted is None or ending(path) in wanted.split()
