"""On the map is what people write; nothing that tools make, copy or fetch."""

import pytest
from support.planted import LINK, SUBMODULE, Mapped, Other

from bot.config.repository import MapConfig
from bot.repo_map.files import Source, reason_left_out

LEFT_OUT = {
    "vendored": "vendor/a.go _vendor/b.py web/node_modules/x/i.js third_party/c.c Third-Party/d.c"
    " lib/site-packages/e.py ios/Pods/f.swift",
    "generated": "app.min.js app.bundle.js style.min.css app.js.map a.pb.go a_pb2.py"
    " b_pb2_grpc.pyi zz_generated.deepcopy.go x.generated.ts y.g.cs Form.Designer.cs t.snap",
    "lock file": "package-lock.json deep/down/yarn.lock Cargo.lock go.sum uv.lock poetry.lock",
    "binary": "logo.PNG font.woff2 a.tar.gz lib.so m.gguf data.sqlite3 pic.svg",
}
KEPT = (
    "vendor.py src/vendoring/a.py lock.py admin.js amin.js map.py generated.py src/binary.py"
    " package.json Cargo.toml .bricklayer.toml Makefile docs/a.md a.b.c"
)


@pytest.mark.parametrize("why", LEFT_OUT)
def test_what_tools_make_is_left_out_by_name(why: str) -> None:
    assert {reason_left_out(path) for path in LEFT_OUT[why].split()} == {why}


def test_what_only_looks_alike_stays() -> None:
    assert [path for path in KEPT.split() if reason_left_out(path)] == []


def test_links_submodules_and_empty_files_are_no_files(mapped: Mapped) -> None:
    """A loop of links, a link out of the repository and a submodule are never followed."""
    area = mapped(
        {
            "a.py": "x = 1\n",
            "empty.py": "",
            "loop": Other(LINK, b"pool"),
            "pool": Other(LINK, b"loop"),
            "secret.py": Other(LINK, b"/etc/passwd"),
            "sub": Other(SUBMODULE, b"1" * 40),
        }
    )
    assert [source.path for source in area.files] == ["a.py"]


def test_config_leaves_out_and_brings_back(mapped: Mapped) -> None:
    """`exclude` takes folders and patterns, `include` overrules it and what is left out by name."""
    files = dict.fromkeys(("docs/a.md", "src/a.py", "src/a_old.py", "vendor/ours/b.go"), "x y z\n")
    config = MapConfig(exclude=("docs/", "*_old.py"), include=("vendor/ours/*",))
    found = [source.path for source in mapped(files, config).files]
    assert found == ["src/a.py", "vendor/ours/b.go"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("run", "a.run"),
        ("a.markdown", "a.markdownx"),
        ("md", "a.md"),
        ("a.py", "a.js"),
        ("b", "B.RST"),
    ],
)
def test_the_same_bytes_read_otherwise_are_kept_apart(one: str, other: str) -> None:
    """A script without an ending is read by its first line, a manual for its headings."""
    keys = {Source(path, "1" * 40, 9, language(path), "code").key for path in (one, other)}
    assert len(keys) == 2


def language(path: str) -> str:
    return {"a.py": "python", "a.js": "javascript"}.get(path, "")
