"""The graph of a repository as a picture: files grouped by folder, and what imports what.

Made of text alone, the same bytes for the same graph. No script, no font, nothing fetched: a page
that shows an SVG as an image runs and loads none of these
(https://developer.mozilla.org/docs/Web/SVG/Guides/SVG_as_an_image).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from bot.repo_map.escape_names import escape_hidden
from bot.repo_map.ranking import RankedFile

MAX_FILES = 150
"""In one picture; more than that nobody can read."""
MARKED_FILES = 10
"""Files that are marked."""
BOX_WIDTH, BOX_HEIGHT, GAP, PAD = 210, 22, 8, 12
"""Pixels: a file's box, between two, and around those of a folder."""
TOP, LETTERS, FOLDER_LETTERS = 64, 30, 36
ROWS = 12
"""Files of one folder under each other, before another column is begun."""
STYLE = """
svg{--back:#fff;--ink:#1f2328;--dim:#59636e;--group:#f6f8fa;--line:#d1d9e0;--edge:#818b98;
--file:#fff;--best:#0969da;--mark:#ddf4ff;background:var(--back)}
@media(prefers-color-scheme:dark){svg{--back:#0d1117;--ink:#f0f6fc;--dim:#9198a1;--group:#151b23;
--line:#3d444d;--edge:#656c76;--file:#212830;--best:#4493f8;--mark:#13305c}}
text{font:12px ui-monospace,SFMono-Regular,Menlo,monospace;fill:var(--ink)}
.head{font-size:15px;font-weight:600}.dim{fill:var(--dim)}
.group{fill:var(--group);stroke:var(--line)}.file{fill:var(--file);stroke:var(--line)}
.best .file{fill:var(--mark);stroke:var(--best);stroke-width:2}
.edge{fill:none;stroke:var(--edge);stroke-opacity:.55}.edge:hover{stroke:var(--best);stroke-opacity:1}
marker path{fill:var(--edge)}
"""
MARKER = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" '
    'orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class Box:
    """The upper left corner of a file, in pixels."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Group:
    """A folder with its files, best first."""

    folder: str
    files: tuple[RankedFile, ...]

    @property
    def columns(self) -> int:
        return -(-len(self.files) // ROWS)

    @property
    def width(self) -> int:
        return self.columns * (BOX_WIDTH + GAP) - GAP + 2 * PAD

    @property
    def height(self) -> int:
        return min(len(self.files), ROWS) * (BOX_HEIGHT + GAP) + BOX_HEIGHT + 2 * PAD


def draw_svg(
    ranked: Sequence[RankedFile],
    imports: Mapping[str, Iterable[str]],
    title: str,
    *,
    most: int = MAX_FILES,
    mark: bool = False,
) -> str:
    """An SVG of the first `most` files, best first; `mark`: the first of them stand out."""
    files = ranked[:most]
    groups = _place_groups(
        _group_by_folder(files), widest=max(1200, int((len(files) * 9000) ** 0.5) * 2)
    )
    boxes = {path: box for group, x, y in groups for path, box in _boxes(group, x, y)}
    width = max([x + group.width for group, x, _ in groups] + [480]) + PAD
    height = max([y + group.height for group, _, y in groups] + [TOP]) + PAD
    edges = sorted({(a, b) for a in boxes for b in imports.get(a, ()) if b in boxes and a != b})
    best = {item.path for item in files[:MARKED_FILES]} if mark else set()
    summary = _summary(len(files), len(ranked), len(edges))
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{_escape(_truncate(title, 200))}</title><style>{escape(STYLE)}</style>{MARKER}",
        f'<text class="head" x="{PAD}" y="26">{_escape(_truncate(title, width // 10))}</text>',
        f'<text class="dim" x="{PAD}" y="46">{_escape(summary)}</text>',
        *(_draw_folder(group, x, y) for group, x, y in groups),
        *(_draw_edge(a, b, boxes) for a, b in edges),
        *(_draw_file(item, boxes[item.path], best=item.path in best) for item in files),
    ]
    return "\n".join(parts) + "\n</svg>\n"


def _group_by_folder(files: Sequence[RankedFile]) -> list[Group]:
    """By path, so that a folder stands beside those in it."""
    inside: dict[str, list[RankedFile]] = {}
    for item in files:
        inside.setdefault(item.path.rpartition("/")[0], []).append(item)
    return [Group(folder, tuple(inside[folder])) for folder in sorted(inside)]


def _place_groups(groups: Iterable[Group], widest: int) -> list[tuple[Group, int, int]]:
    """Row by row, each as high as its highest folder."""
    placed = []
    x, y, high = PAD, TOP, 0
    for group in groups:
        if x > PAD and x + group.width > widest:
            x, y, high = PAD, y + high + 3 * PAD, 0
        placed.append((group, x, y))
        x += group.width + 3 * PAD
        high = max(high, group.height)
    return placed


def _boxes(group: Group, x: int, y: int) -> Iterable[tuple[str, Box]]:
    for at, item in enumerate(group.files):
        column, row = divmod(at, ROWS)
        across, down = PAD + column * (BOX_WIDTH + GAP), PAD + BOX_HEIGHT + row * (BOX_HEIGHT + GAP)
        yield item.path, Box(x + across, y + down)


def _draw_folder(group: Group, x: int, y: int) -> str:
    name = f"{group.folder}/" if group.folder else "(top)"
    label = _truncate(name, FOLDER_LETTERS * group.columns - 8)
    return (
        f'<g><title>{_escape(name)}</title><rect class="group" x="{x}" y="{y}" rx="6" '
        f'width="{group.width}" height="{group.height}"/>'
        f'<text class="dim" x="{x + PAD}" y="{y + 20}">{_escape(label)}</text></g>'
    )


def _draw_file(item: RankedFile, box: Box, *, best: bool) -> str:
    name = _truncate(item.path.rpartition("/")[2], LETTERS - 2)
    why = "\n".join(
        (escape_hidden(item.path), f"score {item.score:.3g}", *map(escape_hidden, item.reasons))
    )
    kind = ' class="best"' if best else ""
    return (
        f'<g{kind}><title>{escape(why)}</title><rect class="file" x="{box.x}" y="{box.y}" rx="4" '
        f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}"/>'
        f'<text x="{box.x + 7}" y="{box.y + 15}">{_escape(name)}</text></g>'
    )


def _draw_edge(a: str, b: str, boxes: Mapping[str, Box]) -> str:
    """From the side of a box to the nearer side of the other; bowed within one column."""
    start, end = boxes[a], boxes[b]
    y, to_y = start.y + BOX_HEIGHT // 2, end.y + BOX_HEIGHT // 2
    if start.x == end.x:
        x = to_x = start.x + BOX_WIDTH
        bow = x + 14 + abs(to_y - y) // 10
        curve = f"C{bow} {y} {bow} {to_y}"
    else:
        x, to_x = (start.x + BOX_WIDTH, end.x) if start.x < end.x else (start.x, end.x + BOX_WIDTH)
        middle = (x + to_x) // 2
        curve = f"C{middle} {y} {middle} {to_y}"
    title = _escape(f"{a} imports {b}")
    path = quoteattr(f"M{x} {y}{curve} {to_x} {to_y}")
    return f'<path class="edge" marker-end="url(#tip)" d={path}><title>{title}</title></path>'


def _summary(drawn: int, files: int, edges: int) -> str:
    rest = f", {files - drawn} more left out" if files > drawn else ""
    imports = "1 import" if edges == 1 else f"{edges} imports"
    files_ = "1 file" if drawn == 1 else f"{drawn} files"
    return f"{files_}{rest}; {imports} between them; an arrow goes to what is imported"


def _truncate(text: str, most: int) -> str:
    text = escape_hidden(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _escape(text: str) -> str:
    return escape(escape_hidden(text))
