"""The picture is well-formed whatever the paths, the same bytes each time, and says what it lacks."""

from collections.abc import Iterator
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.repo_map.files import Source
from bot.repo_map.ranking import RankedFile
from bot.repo_map.svg import BOX_HEIGHT, BOX_WIDTH, MARKED_FILES, MAX_FILES, draw_svg

SVG = "{http://www.w3.org/2000/svg}"
names = st.text(st.characters(codec=None), min_size=1, max_size=30)


def ranked(*paths: str) -> list[RankedFile]:
    return [RankedFile(Source(path, "", 1, "", "code"), 1.0, ("why",)) for path in paths]


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text.encode())  # noqa: S314  # our own picture


def files_in(root: ET.Element) -> Iterator[tuple[float, float]]:
    for box in root.iter(f"{SVG}rect"):
        if box.get("class") == "file":
            yield float(box.get("x", "")), float(box.get("y", ""))


@given(st.lists(names, unique=True, max_size=20), names, st.data())
def test_any_name_makes_a_well_formed_picture(
    paths: list[str], title: str, data: st.DataObject
) -> None:
    """NUL bytes, halves of characters, markup: all of it is text, nothing of it is an element."""
    some = st.sampled_from(paths) if paths else st.nothing()
    imports = {path: data.draw(st.lists(some, max_size=3)) for path in paths}
    root = parsed(draw_svg(ranked(*paths), imports, title, mark=True))
    assert len(list(files_in(root))) == len(paths)
    known = {
        f"{SVG}{tag}"
        for tag in ("svg", "title", "style", "defs", "marker", "path", "text", "g", "rect")
    }
    assert {element.tag for element in root.iter()} <= known


@pytest.mark.parametrize(
    "path", ["<script>x</script>.js", '"/><a href="javascript:x">', "]]>&lt;", "a\n\x1b[2J\u202eb"]
)
def test_a_path_cannot_leave_its_place(path: str) -> None:
    text = draw_svg(ranked(path, "b.py"), {path: ["b.py"]}, path)
    root = parsed(text)
    assert not any("script" in element.tag or "href" in element.attrib for element in root.iter())
    assert not {"\x1b", "\u202e"} & set(text)


def test_files_stand_beside_each_other_inside_the_picture() -> None:
    """No two boxes overlap, however many a folder holds."""
    paths = [f"{'d' * (n % 7)}/f{n}.py" for n in range(100)] + [f"one/g{n}.py" for n in range(50)]
    root = parsed(draw_svg(ranked(*paths), {}, "t"))
    places = list(files_in(root))
    assert len(places) == MAX_FILES
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    assert all(0 <= x <= width - BOX_WIDTH and 0 <= y <= height - BOX_HEIGHT for x, y in places)
    for (x, y), (a, b) in combinations(places, 2):
        assert abs(x - a) >= BOX_WIDTH or abs(y - b) >= BOX_HEIGHT


def test_what_is_left_out_is_said_in_the_picture() -> None:
    root = parsed(draw_svg(ranked(*(f"f{n}.py" for n in range(200))), {}, "t", most=60))
    assert len(list(files_in(root))) == 60
    assert any("60 files, 140 more left out" in (one.text or "") for one in root.iter(f"{SVG}text"))


def test_an_edge_is_drawn_for_each_import_between_files_shown() -> None:
    imports = {"a.py": ["b.py", "b.py", "a.py", "gone.py"], "b.py": ["a.py"], "gone.py": ["a.py"]}
    root = parsed(draw_svg(ranked("a.py", "b.py"), imports, "t"))
    said = [
        one.findtext(f"{SVG}title") for one in root.iter(f"{SVG}path") if one.get("class") == "edge"
    ]
    assert said == ["a.py imports b.py", "b.py imports a.py"]


def test_the_best_are_marked_where_a_text_chose_them() -> None:
    files = ranked(*(f"f{n}.py" for n in range(30)))
    assert draw_svg(files, {}, "t", mark=True).count('class="best"') == MARKED_FILES
    assert 'class="best"' not in draw_svg(files, {}, "t")


def test_it_is_readable_in_the_dark() -> None:
    style = parsed(draw_svg([], {}, "t")).findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme:dark" in style
    assert "url(" not in style
