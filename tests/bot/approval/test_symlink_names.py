"""A path's other names, through links that stay inside the tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approval.diff_risks import find_other_names, map_links


@pytest.mark.parametrize(
    ("links", "path", "others"),
    [
        ({"Makefile": "build/rules.mk"}, "build/rules.mk", {"Makefile"}),
        ({".github": "ci"}, "ci/workflows/x.yml", {".github/workflows/x.yml"}),
        ({"a/b": "../c"}, "c", {"a/b"}),
        ({"a": "./b/../c//"}, "c/x", {"a/x"}),
        ({"one": "two", "two": "three/x"}, "three/x", {"two", "one"}),
        ({"d": "real", "l": "d/x"}, "real/x", {"d/x", "l"}),
        ({"out": "/etc/passwd"}, "etc/passwd", set()),
        ({"out": "../../x"}, "x", set()),
        ({"self": "."}, "x", set()),
        ({"a/up": ".."}, "a/x", set()),
        ({"a/here": "../a"}, "a/x", set()),
        ({"ab": "abc"}, "abcd", set()),
    ],
)
def test_names_through_files_folders_and_further_links(
    links: dict[str, str], path: str, others: set[str]
) -> None:
    assert set(find_other_names(path, map_links(links.items()))) == others


def test_links_in_a_circle_end() -> None:
    links = map_links([("a/l", "../b"), ("b/m", "../a"), ("b/n", "../a"), ("c", "c")])
    assert 0 < len(find_other_names("a/x", links)) < 1000


NAME = st.sampled_from(["a", "b", "a/b", "b/a", "a/b/c", "..", ".", "../a", "../../b", "/a", ""])


@given(st.dictionaries(NAME, NAME, max_size=6), NAME)
def test_any_links_end_and_give_the_same_in_any_order(links: dict[str, str], path: str) -> None:
    forth = find_other_names(path, map_links(links.items()))
    back = find_other_names(path, map_links(reversed(links.items())))
    assert forth == back
    assert len(set(forth)) == len(forth) < 2000
