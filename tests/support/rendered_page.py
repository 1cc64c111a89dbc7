"""What a page of GitHub does with a comment, beside showing it; and tricks that make it do so."""

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
MENTION = re.compile(r"(?<!\w)@[A-Za-z0-9]")
REFERENCE = re.compile(r"#\d|\bGH-\d|https?://|\bwww\.\w", re.IGNORECASE)
HOSTILE = [
    "@everyone look",
    "Fixes #1, closes octocat/other#2, resolves GH-3",
    "https://github.com/octocat/other/issues/5",
    "see www.evil.example now",
    "![x](https://evil.example/pixel.png)",
    "[click](//evil.example)",
    "[a][b]\n\n[b]: //evil.example",
    "<img src=x onerror=alert(1)> <b>@mona</b>",
    "<!-- bricklayer {} -->",
    "- [x] yes <!-- note:12345678 -->",
    "&#64;everyone &commat;mona &num;1",
    "\\@mona \\#1",
    "```\ncode\n```\n@mona",
    "```\n@mona",
    "<!--\n```\nx -->\n```\n@mona\n```",
    "~~~\n```\n~~~\n@mona\n```",
    "a\r```\r@mona\r```",
    "> ```\n@mona\n> ```",
    "- ```\n@mona",
    "<div>\n```\n@mona\n```",
    "`@mona",
    "    @mona",
    "|a|\n|-|\n|@mona|",
]


class Page(HTMLParser):
    """What GitHub's own filters look at: text outside code, and the tags there are."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.text, self.tags, self.deep = "", [], 0
        self.comments: list[str] = []
        self.feed(GFM.render(markdown))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.tags.append(tag)
        self.deep += tag in {"code", "pre"}

    def handle_endtag(self, tag: str) -> None:
        self.deep -= tag in {"code", "pre"}

    def handle_data(self, data: str) -> None:
        self.text += "\n" if self.deep else data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def acts(markdown: str) -> list[str]:
    """Whatever a page of GitHub would do with it, beside showing it."""
    page = Page(markdown)
    found = [hit[0] for hit in (*MENTION.finditer(page.text), *REFERENCE.finditer(page.text))]
    return [*found, *page.comments, *({"a", "img", "b", "div", "script"} & set(page.tags))]
