"""Which file an edit is for: what the reply says decides, and doubt is refused."""

import pytest

from runners.edits import EditError, resolve_reply

A, B = "import os\n\nA = os.name\n", "import os\n\nB = os.name\n"
FILES = {
    "a.py": A,
    "b.py": B,
    "src/deep/c.py": A,
    "Makefile": "all:\n\tgcc a.c\n",
    "My Notes.md": A,
}
BLOCK = "<<<<<<< SEARCH\nimport os\n=======\nimport os\nimport sys\n>>>>>>> REPLACE\n"
FENCED = f"```python\n{BLOCK}```\n"
FIRST = "a.py\n```python\n<<<<<<< SEARCH\nA = os.name\n=======\nA = 1\n>>>>>>> REPLACE\n```\n"
HUNK = "@@ -1,2 +1,3 @@\n import os\n+import sys\n \n"
CHANGED = "import os\nimport sys\n"


def changed(reply: str, files: dict[str, str] | None = None, **how: str) -> dict[str, str]:
    """The new texts of the files that the reply changes."""
    before = {path: text.encode() for path, text in (files or FILES).items()}
    edits = resolve_reply(reply, before.get, **how)  # type: ignore[arg-type]
    return {path: (data or b"").decode() for path, data in edits.files.items()}


def targets(reply: str, **how: str) -> set[str]:
    return {path for path, text in changed(reply, **how).items() if CHANGED in text}


POINTING = [
    "In `b.py`:\n\n",
    "In b.py:\n\n",
    "## b.py\n\nThe import is missing.\n\n",
    "### Changes to `b.py`\n\n",
    "### 2. Update b.py\n\n",
    "**b.py** also:\n\n",
    "b.py (lines 1-20)\n\n",
    "b.py:12-20\n",
    "b.py, lines 1 to 3:\n",
    "File 2: b.py\n",
    "2. **`b.py`**: add the import\n\n",
    "- `b.py` - add the import\n\n",
    "Now b.py needs it as well:\n\n",
    "Then add the same import to `b.py`:\n\n",
    "Next, update the file b.py:\n",
    "Do the same in `b.py`:\n",
    "After that, edit `b.py`:\n",
    "Finally, here is the change for `b.py`:\n",
    "`b.py`:\n\nIt needs the import.\n\n",
    "<path>b.py</path>\n<diff>\n",
    "<file_path>b.py</file_path>\n",
    '<edit path="b.py">\n',
    "[b.py](b.py)\n",
    "// b.py\n",
    "--- b.py ---\n",
    "> **File:** `b.py`\n",
    "`./b.py`\n",
    "/b.py\n",
    "```\nb.py\n```\n",
    "In `b.py`, just as in `a.py`, which is done:\n\n### b.py\n",
    "This is the same as in `a.py`.\n\nb.py\n",
]


@pytest.mark.parametrize("words", POINTING)
def test_a_path_in_the_words_above_beats_the_file_before_and_the_option(words: str) -> None:
    """Whether a line of its own, a heading, a list's item, a tag or the end of a sentence."""
    assert targets(f"{FIRST}\n{words}{FENCED}") == {"b.py"}
    assert targets(f"Sure.\n\n{words}{FENCED}", default="a.py") == {"b.py"}
    diff = f"{words}```diff\n{HUNK}```\n"
    assert targets(f"Sure.\n\n{diff}", default="a.py") == {"b.py"}


@pytest.mark.parametrize(
    "words",
    [
        "As in `b.py`:\n\n",
        "The helper of `b.py` needs it.\n\n",
        "The same import stands in b.py already, so:\n\n",
        "Either `a.py` or `b.py`:\n\n",
        "- a.py\n- b.py\n\n",
        "It is used by b.py.\n\nSo add it:\n\n",
        "Unlike `b.py`, this one lacks it:\n\n",
    ],
)
def test_two_files_that_may_be_meant_are_refused(words: str) -> None:
    """Both have the old lines and neither is told plainly: the message names both."""
    with pytest.raises(EditError, match=r"unclear which file it is for \(a\.py or b\.py\)") as no:
        targets(f"{words}{FENCED}", default="a.py")
    assert "alone on the line above" in no.value.hint


@pytest.mark.parametrize(
    "words",
    [
        "As in `other.py`:\n\n",
        "The helper of `other.py` returns None, so check it:\n\n",
        "It runs on Node.js and calls os.path of posixpath.py.\n\n",
        "See https://docs.python.org/3/library/os.html for more.\n\n",
        "`console.log` and `self.name` are e.g. wrong, i.e. v1.2.\n\n",
    ],
)
def test_a_file_that_is_only_mentioned_misleads_nobody(words: str) -> None:
    """The old lines stand in just one of the files: that is proof."""
    files = {**FILES, "other.py": "def help():\n    return None\n"}
    assert set(changed(f"{words}{FENCED}", files, default="a.py")) == {"a.py"}


def test_only_files_that_may_change_are_weighed() -> None:
    """A task has its own files: another one in its words is no rival."""
    before = {path: text.encode() for path, text in FILES.items()}
    reply = f"As in `b.py`:\n\n{FENCED}"
    assert set(resolve_reply(reply, before.get, default="a.py", only={"a.py"}).files) == {"a.py"}


@pytest.mark.parametrize("marker", ["SEARCH b.py", "SEARCH: b.py", "SEARCH> b.py"])
def test_a_path_behind_the_marker_counts(marker: str) -> None:
    """Some models put it there."""
    assert targets(BLOCK.replace("SEARCH", marker), default="a.py") == {"b.py"}


@pytest.mark.parametrize(
    ("opener", "closer"),
    [
        ("------- SEARCH>", "+++++++ REPLACE>"),
        ("<<<<<<< SEARCH>", ">>>>>>> REPLACE>"),
        ("<<<<<<< SEARCH>>", ">>>>>>> REPLACE <"),
    ],
)
def test_a_marker_may_carry_an_angle_bracket(opener: str, closer: str) -> None:
    """Some models close the marker as if it were a tag."""
    block = BLOCK.replace("<<<<<<< SEARCH", opener).replace(">>>>>>> REPLACE", closer)
    assert targets(f"a.py\n{block}") == {"a.py"}


NAMES = [
    "docs/My Notes.md",
    "docs/🚀.md",
    "routes/$id.tsx",
    "src/{slug}.tsx",
    "app/[...slug]/page.tsx",
    "app/(group)/page.tsx",
    "docs/q&a.md",
    "docs/naïve.md",
    "a+b/c#1.md",
    "100%.md",
    "Jenkinsfile",
    "Vagrantfile",
    "LICENSE-MIT.txt",
    ".github/workflows/ci.yml",
    ".gitignore",
    "x/.eslintrc.json",
    "bin/run",
    "lib/v1.2/a_b-c.d.ts",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "words", ["{}\n", "`{}`\n", "### {}\n\n", "**{}**:\n", "File: {}\n", "# {}\n"]
)
def test_odd_names_are_names(name: str, words: str) -> None:
    """A new file with blanks, signs or no extension is not taken for the file of the option."""
    reply = f"{words.format(name)}```\none line\nof a new file\n```\n"
    assert changed(reply, default="a.py") == {name: "one line\nof a new file\n"}


@pytest.mark.parametrize(
    "words", ["Create `{}`:\n\n", "Create {}:\n\n", "And a new file `{}`:\n\n"]
)
@pytest.mark.parametrize("name", NAMES)
def test_odd_names_in_sentences_are_created_or_refused(name: str, words: str) -> None:
    """Whatever a sentence calls the new file, no other one is written."""
    reply = f"{words.format(name)}```\none line\nof a new file\n```\n"
    try:
        got = changed(reply, default="a.py")
    except EditError:
        return
    assert got == {name: "one line\nof a new file\n"}


@pytest.mark.parametrize("name", ["scripts\\README.md", "..\\up.md", "C:\\x\\y.py", "/etc/x.conf"])
def test_names_outside_are_refused_and_never_the_option(name: str) -> None:
    """A path that cannot be used is still the name of another file."""
    with pytest.raises(EditError):
        changed(f"{name}\n```\nimport os\n\nA = 2\n```\n", default="a.py")


def test_a_backslash_path_is_the_file_it_spells() -> None:
    """As Windows writes the path of a file that is there."""
    reply = f"src\\deep\\c.py\n{FENCED}"
    assert targets(reply) == {"src/deep/c.py"}


HEADS = [
    "/*\n * Licence\n */",
    "/** Doc. */",
    "// a comment",
    "/// docs",
    "/dist\n/build",
    "#!/bin/x",
]


@pytest.mark.parametrize("head", [*HEADS, "/api/users", "# a comment", "-- sql", "; ini", "% tex"])
@pytest.mark.parametrize("words", ["", "Here is the file:\n\n", "`f.x`:\n\n", "The new `f.x`:\n\n"])
def test_what_opens_a_comment_or_a_route_is_no_path(head: str, words: str) -> None:
    """The first line of a fence names a file only if it is known or has an extension."""
    old = f"{head}\n\nfirst line\nsecond line\nthird line\n"
    new = old.replace("second", "2nd")
    assert changed(f"{words}```\n{new}```\n", {"f.x": old}, default="f.x") == {"f.x": new}


def test_a_second_file_is_never_dropped() -> None:
    """Where its name is not plain the reply is refused whole: half of a change is none."""
    new = {path: text.replace("os.name", "2") for path, text in (("a.py", A), ("b.py", B))}
    for words in ("I updated `b.py`, too.", "Makefile follows, then `b.py` again, as it is used."):
        for first in ("", "a.py\n"):
            reply = f"{first}```\n{new['a.py']}```\n\n{words}\n\n```\n{new['b.py']}```\n"
            try:
                got = changed(reply, default="a.py")
            except EditError:
                continue
            assert got == new


def test_a_label_inside_a_fence_may_be_the_title_as_well() -> None:
    """Only where the line stands twice is the first of them a label."""
    before, title = {"A.md": "# A.md\n\nSome text.\n"}, "# A.md\n\nOther text.\n"
    for body in (title, f"# A.md\n{title}"):
        assert changed(f"```\n{body}```\n", before, default="A.md") == {"A.md": title}


@pytest.mark.parametrize(
    ("path", "before", "reply"),
    [
        ("run.sh", "set -e\nmake\n", "Run it:\n\n```bash\n./run.sh --fast\ntail log\n```\n"),
        ("run.sh", "set -e\n", "```sh\ncat > run.sh <<EOF\nset -x\nEOF\n```\n"),
        ("s.json", '{\n  "a": 1\n}\n', 'It answers:\n\n```json\n{\n  "a": 1,\n  "ok": true\n}\n```\n'),
        ("s.yml", "a: 1\nb: 2\n", "Example output:\n```yaml\na: 1\nb: 2\nc: 3\n```\n"),
        ("p.json", '{\n  "name": "x",\n  "v": 1\n}\n', '```json\n{\n  "name": "edit",\n  "arguments": {"path": "p.json"}\n}\n```\n'),
        ("p.json", '{\n  "name": "x",\n  "v": 1\n}\n', '{\n  "name": "edit",\n  "arguments": {"path": "p.json"}\n}\n'),
        ("src/t.ts", "export type A = 1;\nexport type B = 2;\n", 'Test it:\n```ts\nimport { A } from "./t";\ntest("a", () => {\n  expect(1).toBe(1);\n});\n```\n'),
        ("c.py", "T = 30\nR = 3\n", "Nothing to do. Use:\n```python\nimport c\n\nprint(c.T)\n```\n"),
        ("a.sql", "CREATE TABLE a (x int);\n", "```sql\nSELECT * FROM a;\n```\n"),
        ("Dockerfile", "FROM alpine\nRUN true\n", "```\ndocker build .\ndocker run x\n```\n"),
        ("a.css", "a { top: 1px; }\nb { top: 2px; }\n", "```css\n.new { left: 1px; }\n```\n"),
        ("n.py", "", "Usage:\n```python\nimport n\nn.run()\n```\n"),
        ("b.py", B, "b.py\n```bash\npython b.py --all\n```\n"),
    ],
)  # fmt: skip
def test_the_only_fence_is_not_the_file_because_it_is_the_only_one(
    path: str, before: str, reply: str
) -> None:
    """Commands, answers, calls of tools, tests and examples are not written over it."""
    with pytest.raises(EditError):
        changed(reply, {path: before} if before else {"x": ""}, default=path)


@pytest.mark.parametrize(
    "words",
    [
        "Create `n.py`:\n\n",
        "Next, create a file called n.py:\n\n",
        "### New module `n.py` for the constant\n\n",
        "I also added `n.py`, which holds it.\n\n",
        "And the helper goes into n.py:\n\n",
        "Put this in `n.py`:\n\n",
        "Save this as n.py:\n\n",
        "Add a new file `n.py` with this content:\n\n",
        "`n.py` does not exist yet, so create it:\n\n",
        "Here is a helper, n.py:\n\n",
    ],
)
def test_a_new_file_in_a_sentence_is_not_the_file_of_the_option(words: str) -> None:
    """It is created where that is told plainly, and refused elsewhere."""
    for reply in (f"{words}```python\nimport os\n\nA = 1\n```\n", f"{words}```\nN = 1\n```\n"):
        try:
            got = changed(reply, default="a.py")
        except EditError:
            continue
        assert set(got) == {"n.py"}


@pytest.mark.parametrize(
    "words", ["And `b.py`:\n\n", "Here is the updated b.py:\n\n", "### b.py\n\n"]
)
def test_a_second_file_in_a_sentence_is_written_with_the_first(words: str) -> None:
    """Named or not, the first one is the file of the option."""
    new = {path: text.replace("os.name", "2") for path, text in (("a.py", A), ("b.py", B))}
    for first in ("", "a.py\n", "Here is `a.py`:\n\n"):
        reply = f"{first}```python\n{new['a.py']}```\n\n{words}```python\n{new['b.py']}```\n"
        assert changed(reply, default="a.py") == new


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("packages/core/src/index.ts", "src/index.ts"),
        ("other/pkg/__init__.py", "pkg/__init__.py"),
        ("config.yaml", "src/config.yaml"),
        ("x/Makefile", "Makefile"),
        ("src/src/index.ts", "src/index.ts"),
        ("index.ts", "src/index.ts"),
    ],
)
def test_a_path_that_ends_alike_is_another_file(name: str, default: str) -> None:
    """A whole file under it is new; its content is no version of the file of the option."""
    files = {default: "export * from './a';\nexport * from './b';\n"}
    reply = f"{name}\n```\nexport const core = 1;\n```\n"
    assert changed(reply, files, default=default) == {name: "export const core = 1;\n"}
    longer = len(name) > len(default)
    block = f"{name}\n<<<<<<< SEARCH\nexport * from './a';\n=======\nx\n>>>>>>> REPLACE\n"
    if longer:
        with pytest.raises(EditError, match="no such file"):
            changed(block, files, default=default)
    else:
        assert set(changed(block, files, default=default)) == {default}


def test_a_short_name_of_a_file_much_like_the_task_s_is_refused() -> None:
    """The name says one file, the content another."""
    files = {"src/bank.py": "def put(x):\n    return x\n\n\ndef take(x):\n    return -x\n"}
    reply = f"bank.py\n```python\n{files['src/bank.py'].replace('-x', '-2 * x')}```\n"
    with pytest.raises(EditError, match="unclear which file"):
        changed(reply, files, default="src/bank.py")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("proj/src/deep/c.py", "src/deep/c.py"),
        ("/home/u/proj/src/deep/c.py", "src/deep/c.py"),
        ("/home/u/proj/new.py", "new.py"),
        ("other/src/deep/c.py", "other/src/deep/c.py"),
        ("proj/new.py", "proj/new.py"),
    ],
)
def test_the_repository_s_own_folder_may_stand_in_front(name: str, path: str) -> None:
    """For a file that is there: models repeat the paths of their working directory."""
    before = {path: text.encode() for path, text in FILES.items()}
    reply = f"{name}\n```python\nimport os\nimport sys\n\nA = os.name\n```\n"
    assert set(resolve_reply(reply, before.get, folder="/home/u/proj").files) == {path}


@pytest.mark.parametrize("body", ["+new content\n", "+import os\n+\n+A = 2\n", "+\n"])
@pytest.mark.parametrize("path", ["a.py", "./a.py", "src/deep/c.py"])
def test_adding_a_file_overwrites_none(path: str, body: str) -> None:
    """Neither a patch nor a diff from nowhere; deleting it first says that it may go."""
    add = f"*** Begin Patch\n*** Add File: {path}\n{body}*** End Patch\n"
    diff = f"--- /dev/null\n+++ b/{path.removeprefix('./')}\n@@ -0,0 +1 @@\n{body}"
    for reply in (add, diff):
        with pytest.raises(EditError, match="has content"):
            changed(reply)
    bare = path.removeprefix("./")
    both = add.replace("*** Add", f"*** Delete File: {bare}\n*** Add")
    assert set(changed(both)) == {bare}


HEADERS = [
    "--- a.py (original)\n+++ a.py (modified)\n",
    "--- a/a.py (old)\n+++ b/a.py (new)\n",
    "--- original\n+++ modified\n",
    "--- a/original\n+++ b/modified\n",
    "--- old\n+++ new\n",
    "--- before\n+++ after\n",
    "--- a.py.orig\n+++ a.py\n",
    "--- a.py\n+++ a_fixed.py\n",
    "--- /home/u/repo/a.py\n+++ /home/u/repo/a.py\n",
    "--- /a.py\n+++ /a.py\n",
    "--- ./a.py\n+++ ./a.py\n",
    "--- `a.py`\n+++ `a.py`\n",
    "--- a.py\tbefore\n+++ a.py\tafter\n",
    "--- original file\n+++ modified file\n",
    "Index: a.py\n===================================================================\n--- a.py\t(revision 1)\n+++ a.py\t(working copy)\n",
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_headers_of_diffs_may_carry_notes_or_say_nothing(header: str) -> None:
    """What is no path leaves the file to the words above and to the option."""
    for fence in ("```diff\n{}```\n", "{}"):
        assert targets(fence.format(header + HUNK), default="a.py") == {"a.py"}


def test_two_names_in_the_headers_rename_nothing() -> None:
    """A rename has lines of its own."""
    with pytest.raises(EditError, match="say no rename"):
        changed(f"--- a/a.py\n+++ b/renamed.py\n{HUNK}")


@pytest.mark.parametrize("path", ["a/a.py", "b/a.py", "./a.py", "`a.py`", "/a.py", "/x/y/a.py"])
def test_a_patch_names_its_file_with_habits_of_other_formats(path: str) -> None:
    """Where such a file is there and no other can be meant."""
    patch = (
        f"*** Begin Patch\n*** Update File: {path}\n@@\n import os\n+import sys\n*** End Patch\n"
    )
    assert targets(patch, default="a.py") == {"a.py"}


SIBLINGS = {"pkg/a.ini": "[x]\nport = 1\nname = a\n", "pkg/b.ini": "[x]\nport = 1\nname = b\n"}
PORT = "<<<<<<< SEARCH\nport = 1\n=======\nport = 2\n>>>>>>> REPLACE\n"


def assert_after_a(words: str, told: str) -> None:
    """What a block or diff below the words changes, with pkg/a.ini as the file before or asked."""
    hunk = "```diff\n@@ -1,2 +1,2 @@\n [x]\n-port = 1\n+port = 2\n```\n"
    for edit in (PORT, hunk):
        assert set(changed(words + edit, SIBLINGS, default="pkg/a.ini")) == {told}
    assert set(changed(f"pkg/a.ini\n{PORT}\n{words}{PORT}", SIBLINGS)) == {"pkg/a.ini", told}


@pytest.mark.parametrize(
    "words",
    [
        "b.ini\n",
        "`b.ini`:\n\n",
        "2) b.ini \u2192\n\n",
        "3. `b.ini` ->\n\n",
        "Same for its sibling b.ini:\n\n",
        "Same for b.ini.\n\nThe port changes.\n\n",
    ],
)
def test_a_bare_name_is_the_file_beside_the_one_before(words: str) -> None:
    assert_after_a(words, "pkg/b.ini")


@pytest.mark.parametrize(
    "words",
    [
        "The same has to happen in `pkg/b.ini`, so:\n\n",
        "And staging (pkg/b.ini) as well:\n\n",
        "Datei: pkg/b.ini\n",
        "Fichier\u00a0: `pkg/b.ini`\n",
        "\u6587\u4ef6\uff1apkg/b.ini\n",
        "| pkg/b.ini | the port |\n\n",
    ],
)
def test_one_path_above_is_the_file_also_in_other_words(words: str) -> None:
    assert_after_a(words, "pkg/b.ini")


@pytest.mark.parametrize(
    "words",
    [
        "c.ini\n",
        "Same for c.ini:\n\n",
        "The neighbour c.ini changes alike, with its port.\n\n",
        "| pkg/a.ini | the port |\n| pkg/b.ini | the port |\n\n",
    ],
)
def test_another_name_above_is_never_passed_over(words: str) -> None:
    """No such file, or two: neither the file before nor that of the option is changed."""
    for reply, default in ((words + PORT, "pkg/a.ini"), (f"pkg/a.ini\n{PORT}\n{words}{PORT}", "")):
        with pytest.raises(EditError, match=r"c\.ini|unclear which file"):
            changed(reply, SIBLINGS, default=default)


def test_an_owner_above_names_the_folder() -> None:
    """`b's mod.rs` is not the mod.rs of the option."""
    files = {"src/a/mod.rs": "fn x() {}\n", "src/b/mod.rs": "fn x() {}\n"}
    block = "<<<<<<< SEARCH\nfn x() {}\n=======\nfn y() {}\n>>>>>>> REPLACE\n"
    with pytest.raises(EditError, match=r"src/a/mod\.rs or src/b/mod\.rs"):
        changed(f"In b's mod.rs:\n\n{block}", files, default="src/a/mod.rs")


@pytest.mark.parametrize("head", ["b.ini\n```\n", "```ini b.ini\n", "In `b.ini`:\n\n```\n"])
def test_a_whole_file_much_like_its_sibling_is_no_new_one(head: str) -> None:
    """A bare name makes a file in the root only where its text is no version of a file beside."""
    again = SIBLINGS["pkg/b.ini"].replace("1", "2")
    with pytest.raises(EditError, match=r"unclear which file it is for .*pkg/b\.ini"):
        changed(f"{head}{again}```\n", SIBLINGS, default="pkg/a.ini")
    assert set(changed(f"{head}[new]\nz = 1\n```\n", SIBLINGS, default="pkg/a.ini")) == {"b.ini"}


def test_a_word_of_the_code_is_no_file() -> None:
    """`request.json` has the look of a path, and stands in the file as code."""
    files = {"a.py": "def get(request):\n    return request.json\n"}
    block = "<<<<<<< SEARCH\n    return request.json\n=======\n    return 1\n>>>>>>> REPLACE\n"
    assert changed(f"The body of request.json may be None.\n\n{block}", files, default="a.py")


@pytest.mark.parametrize(
    "head", ["B.py\n", "Here is the complete new `B.py` file:\n\n", "In `B.PY`:\n\n"]
)
@pytest.mark.parametrize("body", [FENCED, f"```python\n{CHANGED}\nB = os.name\n```\n"])
def test_the_file_asked_for_is_meant_by_its_name_in_another_case(head: str, body: str) -> None:
    """A class gives its file's name in prose; a file that is there under that name is itself."""
    assert targets(head + body, default="b.py") == {"b.py"}
    both = {**FILES, "B.py": A.replace("A = ", "B = "), "B.PY": B}
    assert "b.py" not in changed(head + body, both, default="b.py")
