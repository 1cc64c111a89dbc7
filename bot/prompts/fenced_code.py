"""Code in a prompt: a fence that names its language, under the path it stands in."""

from bot.code import language_of
from bot.text.escape import fence_for

# Of files without a grammar here: names that highlighters, and so models, know.
# https://github.com/github-linguist/linguist/blob/main/lib/linguist/languages.yml
WORDS = {
    "astro": "astro",
    "css": "css",
    "dart": "dart",
    "diff": "diff",
    "erb": "erb",
    "ex": "elixir",
    "exs": "elixir",
    "html": "html",
    "ini": "ini",
    "json": "json",
    "less": "less",
    "lua": "lua",
    "proto": "protobuf",
    "scss": "scss",
    "sql": "sql",
    "svelte": "svelte",
    "svg": "xml",
    "toml": "toml",
    "vue": "vue",
    "xml": "xml",
    "yaml": "yaml",
    "yml": "yaml",
}


def fence_language(path: str) -> str:
    """The word behind a fence's backticks; empty for prose and for what is not known."""
    return language_of(path) or WORDS.get(path.rpartition(".")[2].lower(), "")


def fence_code(path: str, text: str, title: str = "") -> str:
    """`text` of the file `path` under `title`, or under the path alone; blank lines at the end go.

    A fence of prose names no language: the prose may hold fences itself.
    """
    fence = fence_for(text)
    return f"{title or path}\n{fence}{fence_language(path)}\n{text.rstrip()}\n{fence}"
