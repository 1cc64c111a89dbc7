"""The words that a page of GitHub shows, told from its HTML as GitHub lets it through.

What GitHub takes out, https://github.com/gjtorikian/html-pipeline (its sanitization filter), goes
first; of what is left browsers show no fallback of a picture or a film, and no parentheses of ruby.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.text.name_lists import split_names

if TYPE_CHECKING:
    from nh3 import Cleaner

MAX_DEPTH = 100
"""Elements within each other; more are read as if they were not there."""
_SHOWN = split_names(
    "a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption"
    " figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q rt ruby s samp small"
    " span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var"
    " wbr"
)
_WITH_CONTENT = split_names(
    "applet audio bdo canvas datalist dialog embed frameset head iframe math noembed noframes"
    " noscript object option picture rp script select style svg template textarea title video"
    " xmp"
)
"""Left out with all that is in them: no page, or not every page, shows it as it is written."""
_RAW = frozenset(["iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"])
"""What is within is no markup: https://html.spec.whatwg.org/multipage/syntax.html#elements-2"""
_VOID = split_names("area base br col embed hr img input link meta source track wbr")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)(?=[\s/>])[^<>]*>?")
# It has no end, and GitHub shows it as it is written:
# https://github.github.com/gfm/#disallowed-raw-html-extension-
_PLAINTEXT = re.compile(r"<(?=/?plaintext)", re.IGNORECASE)
_HIDDEN = re.compile(r"<[!?]")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,58}[a-z0-9])?(?::\d{1,5})?")
_LANGUAGE = re.compile(r"language-([A-Za-z0-9_+#.-]{1,20})")
_PARTS = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z]+="[^"<>]*")*)>|[^<]+|<')
_VALUE = re.compile(r'"([^"]*)"')
MATH, NOTE, NOTE_LABEL, NOTE_REFERENCE = "math", "note", "note-label", "note-reference"
_CLASSES = {
    "math math-inline": MATH,
    "math math-display": MATH,
    "footnote-definition": NOTE,
    "footnote-definition-label": NOTE_LABEL,
    "footnote-reference": NOTE_REFERENCE,
}
"""What the renderer names so: https://docs.rs/pulldown-cmark/latest/pulldown_cmark/html/"""


@dataclass(frozen=True, slots=True)
class Tag:
    """`ends`: it is a closing one. `about`: what matters of its attributes."""

    name: str
    ends: bool
    about: frozenset[str] = frozenset()


def read_parts(html: str) -> Iterator[Tag | str]:
    """Tags and texts of what is shown, each text with its characters as a person sees them."""
    clean = _cleaner().clean(_limit_depth(_PLAINTEXT.sub("&lt;", html)))
    for part in _PARTS.finditer(clean):
        if part[2]:
            yield _read_tag(part[2], part[1], part[3])
        else:
            yield unescape(part[0])


@lru_cache(maxsize=1000)
def _read_tag(name: str, slash: str, attributes: str) -> Tag:
    return Tag(name, bool(slash), frozenset(_VALUE.findall(attributes)))


def has_unshown(html: str) -> bool:
    """Whether there is a comment, a declaration or an instruction in it."""
    return _HIDDEN.search(html) is not None


def _limit_depth(html: str) -> str:
    """Without the tags that are nested too deep: to lay out a page takes squares of its depth."""
    stack: list[str] = []
    opened: Counter[str] = Counter()

    def keep(hit: re.Match[str]) -> str:
        name = hit[2].lower()
        if name in _VOID:
            return hit[0]
        if not hit[1]:
            if len(stack) == MAX_DEPTH:
                return ""
            stack.append(name)
            opened[name] += 1
            return hit[0]
        if not opened[name] or (stack[-1] != name and not _RAW.isdisjoint(stack)):
            return ""
        while (last := stack.pop()) != name:
            opened[last] -= 1
        opened[name] -= 1
        return hit[0]

    return _TAG.sub(keep, html)


def _read_attribute(element: str, name: str, value: str) -> str | None:
    """The part of an attribute that is told, in letters and digits; None for nothing."""
    if (element, name) == ("a", "href"):
        return _find_host(value)
    if (element, name) == ("code", "class"):
        found = _LANGUAGE.fullmatch(value)
        return found[1].lower() if found else None
    if (element, name) == ("div", "id"):
        return name_footnote(value)
    if name == "class":
        return _CLASSES.get(value)
    return name if (element, name) in {("details", "open"), ("input", "checked")} else None


def name_footnote(label: str) -> str:
    return label.casefold().encode(errors="replace").hex()


def _find_host(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    host = _HOST.fullmatch(parts.netloc.lower())
    return f"{parts.scheme}://{host[0]}" if host and parts.scheme in {"http", "https"} else None


@cache
def _cleaner() -> "Cleaner":
    from nh3 import Cleaner  # noqa: PLC0415  # most commands read no Markdown

    return Cleaner(
        tags=_SHOWN,
        clean_content_tags=_WITH_CONTENT,
        attributes={
            "a": {"href"},
            "code": {"class"},
            "details": {"open"},
            "div": {"class", "id"},
            "input": {"checked"},
            "span": {"class"},
            "sup": {"class"},
        },
        attribute_filter=_read_attribute,
        link_rel=None,
    )
