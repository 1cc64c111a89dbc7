"""A file is named by whole segments of its path, from wherever the tool or the machine stands."""

import pytest
from support.processor_time import require_within

from bot.failures.named_files import find_named_files, make_tree

TREE = make_tree((
    "bank.py", "test_bank.py", "src/bank.py", "src/cart/total.ts", "tests/test_cart.py",
    "src/main/java/com/shop/Cart.java", "pkg/a/util.go", "pkg/b/util.go", "Makefile",
))  # fmt: skip
NAMED = {
    "alone": ("bank.py:3: AssertionError", ("bank.py",)),
    "longer names are other files": ("test_bank.py:3: and xbank.py, my-bank.py", ("test_bank.py",)),
    "a longer ending is another file": ("bank.pyc bank.py.orig", ()),
    "the end of a sentence": ("It is in bank.py.", ("bank.py",)),
    "a runner's root": ("/home/runner/work/shop/shop/src/bank.py:1", ("src/bank.py",)),
    "a runner's root, the file at it": ("/home/runner/work/shop/shop/bank.py", ("bank.py",)),
    "not below it": ("/home/runner/work/shop/shop/old/bank.py", ()),
    "Windows": (r"D:\a\shop\shop\src\cart\total.ts(3,5): error", ("src/cart/total.ts",)),
    "a Mac": ("/Users/runner/work/shop/shop/bank.py", ("bank.py",)),
    "a container": ("/__w/shop/shop/bank.py", ("bank.py",)),
    "a container's action": ("/github/workspace/src/bank.py", ("src/bank.py",)),
    "a runner of one's own": (
        "/opt/actions/_work/shop/shop/tests/test_cart.py", ("tests/test_cart.py",),
    ),
    "another runner of one's own": ("/srv/_work/shop/shop/bank.py", ("bank.py",)),
    "another CI": ("/builds/group/shop/src/cart/total.ts:1:2", ("src/cart/total.ts",)),
    "a URL of a file": ("file:///home/runner/work/shop/shop/src/cart/total.ts:3", ("src/cart/total.ts",)),
    "an action's own file": ("/home/runner/work/_actions/x/y/v1/bank.py", ()),
    "a tool's": ("/opt/hostedtoolcache/Python/3.12/x64/lib/python3.12/bank.py", ()),
    "a package's": ("/home/runner/work/shop/shop/.venv/lib/python3.12/site-packages/bank.py", ()),
    "from a folder": ("cart/total.ts:3:1", ("src/cart/total.ts",)),
    "another folder": ("other/bank.py", ()),
    "from Java": ("com/shop/Cart.java:7", ("src/main/java/com/shop/Cart.java",)),
    "two of a name": ("util.go:3:1: undefined", ("pkg/a/util.go", "pkg/b/util.go")),
    "up from a folder": ("../src/bank.py", ("src/bank.py",)),
    "the root wins": ("bank.py src/bank.py", ("bank.py", "src/bank.py")),
    "a node id": ("tests/test_cart.py::Cart::test_total", ("tests/test_cart.py",)),
    "nothing": ("", ()),
}  # fmt: skip


@pytest.mark.parametrize(("text", "files"), NAMED.values(), ids=NAMED)
def test_a_file_is_named_by_whole_segments(text: str, files: tuple[str, ...]) -> None:
    assert find_named_files(text, TREE) == files


@pytest.mark.parametrize(
    "text", ["a" * 400_000, "a/" * 200_000, "bank.py " * 60_000, "./" * 200_000]
)
def test_the_work_grows_with_the_text_alone(text: str) -> None:
    require_within(2, lambda: find_named_files(text, TREE))
