"""Removing what a page does not show within a paragraph; for bot/text/visible_markdown.py."""

import re

_MARKS = re.compile(r"\\.|`+|<(?=[!?/A-Za-z])|!?\[|\]", re.DOTALL)
_TAG = re.compile(
    r"(</?([A-Za-z][A-Za-z0-9-]*))"
    r"""((?:\s+[A-Za-z_:][\w:.-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*)\s*/?>""",
    re.ASCII,
)
# Comments, processing instructions and CDATA: https://spec.commonmark.org/0.31.2/#raw-html
_HIDING = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}
_TITLE = r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\((?:\\.|[^()\\])*\))"""
_TITLED = re.compile(rf"\([\s>]*(<[^<>\n]*>|\S*+)[\s>]+{_TITLE}[\s>]*\)", re.DOTALL)
_TARGET = re.compile(
    r"\([\s>]*(<[^<>\n]*>|(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))*)()[\s>]*\)", re.DOTALL
)
# So long a target is passed over whole, or looking for its end would take squares of time.
_LONG = re.compile(r"\((?=\S{2000})()()\S*+")
_WAYS = (_TITLED, _LONG, _TARGET)
_LABEL = re.compile(r"\[()([^\[\]]*)\]")
_NOTE = re.compile(r"!?\[\^([^\]\[\s]+)\]")
# Tags that pages of issues have, or show as they are written; any other vanishes, name and all:
# https://github.com/github/markup#readme
_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a abbr b bdo blockquote br caption cite code dd del details dfn div dl dt em figcaption"
        " figure h1 h2 h3 h4 h5 h6 hr i iframe img ins kbd li mark noembed noframes ol p picture"
        " plaintext pre q rp rt ruby s samp script small source span strike strong style sub"
        " summary sup table tbody td textarea tfoot th thead time title tr tt ul var video wbr xmp",
    )
)


class InlineText:
    """One piece of text. `raw`: HTML; `plain`: its code spans are beyond doubt.

    `labels` says whether the text defines any; `notes` becomes the footnotes that are pointed at.
    """

    def __init__(self, text: str, *, raw: bool, plain: bool, labels: bool) -> None:
        self._text, self._raw, self._plain, self._labels = text, raw, plain, labels
        self._kept: list[str] = []
        self._opened: list[int] = []
        self.notes: set[str] = set()
        self.open = False

    def render_visible(self) -> str:
        """Without what is hidden; then `open` says whether a comment is left open at its end."""
        at = 0
        while mark := _MARKS.search(self._text, at):
            self._kept.append(self._text[at : mark.start()])
            visible, at = self._read_mark(mark)
            self._kept.append(visible)
        return "".join([*self._kept, self._text[at:]])

    def _read_mark(self, mark: re.Match[str]) -> tuple[str, int]:
        """What is shown of the mark, and where the text goes on."""
        if mark[0] == "<":
            return self._read_markup(mark.start())
        if mark[0] == "]":
            return self._close_bracket(mark.end())
        if mark[0] in {"[", "!["}:
            if note := _NOTE.match(self._text, mark.start()):
                self.notes.add(note[1].casefold())
                return note[0], note.end()
            self._opened.append(len(self._kept))
            return mark[0], mark.end()
        visible = self._read_code_span(mark)
        return visible, mark.start() + len(visible)

    def _read_code_span(self, mark: re.Match[str]) -> str:
        """A code span, where one begins here that cannot be doubted; else the mark alone."""
        run = mark[0]
        if run[0] == "\\":
            return run if self._plain else "\\"
        if not self._plain:
            return run
        close = re.compile(rf"(?<!`){run}(?!`)").search(self._text, mark.end())
        span = self._text[mark.start() : close.end()] if close else run
        return run if "|" in span else span  # a table's cells end a span

    def _close_bracket(self, at: int) -> tuple[str, int]:
        """The end of a link or a picture, where one was opened: its title and label go."""
        if not self._opened:
            return "]", at
        first = self._opened.pop()
        target = next(filter(None, (way.match(self._text, at) for way in _WAYS)), None)
        if not target and self._labels:
            target = _LABEL.match(self._text, at)
        picture = self._kept[first] == "!["
        if not target and not (picture and (self._labels or self._text.startswith("(", at))):
            return "]", at
        end = target.end() if target else at
        if target and re.search("[`<]", target[2]):
            end = len(self._text)  # what else this may begin or end, nobody can tell
        if picture or not any(visible.strip() for visible in self._kept[first + 1 :]):
            del self._kept[first:]
            return ("![]" if picture else ""), end
        if not target or target.re is _LABEL:
            return "]", end
        return ("]()" if re.search(r"[\s`]", target[1]) else f"]({target[1]})"), end

    def _read_markup(self, at: int) -> tuple[str, int]:
        text = self._text
        for opening, closing in _HIDING.items():
            if text.startswith(opening, at):
                if empty := re.compile(r"<!---?>").match(text, at):
                    return "", empty.end()
                end = text.find(closing, at + len(opening))
                if end >= 0:
                    return "", end + len(closing)
                self.open = self._raw
                return ("", len(text)) if self._raw else (opening, at + len(opening))
        if tag := _TAG.match(text, at):
            whole = f"{tag[1]}>" if tag[3] else tag[0]
            return (whole if tag[2].lower() in _TAGS else ""), tag.end()
        declared = re.compile(r"<![A-Za-z][^>]*>").match(text, at)
        return ("", declared.end()) if declared else ("<", at + 1)
