"""A whole-file answer that still uses a name keeps the line that gives the name its meaning."""

import pytest

from runners.edits import EditError, resolve_reply
from runners.edits.lost_bindings import find_lost_bindings

GO = (
    'package m\n\nimport (\n\t"errors"\n\t"fmt"\n)\n\nvar ErrGone = errors.New("gone")\n\n'
    "type Box struct {\n\tname string\n\titems []int\n}\n\n"
    'func (b *Box) Show() (string, error) {\n\tif len(b.items) == 0 {\n\t\treturn "", ErrGone\n\t}\n'
    "\treturn fmt.Sprint(b.name, b.items), nil\n}\n"
)  # fmt: skip
RUST = (
    "use std::collections::HashMap;\n\nconst MAX: usize = 3;\n\npub enum Fault {\n    Full,\n    Gone(u8),\n}\n\n"
    "pub fn put(m: &mut HashMap<u8, u8>) -> Result<(), Fault> {\n    if m.len() > MAX {\n"
    "        return Err(Fault::Full);\n    }\n    Ok(())\n}\n"
)
JAVA = (
    "package a;\n\nimport java.util.List;\nimport java.util.Map;\n\nclass A {\n    private int count = 0;\n"
    "    Map<String, List<Integer>> m;\n\n    int next() {\n        return ++this.count;\n    }\n}\n"
)
PHP = (
    "<?php\n\nuse App\\User;\n\nclass A\n{\n    private const TTL = 60;\n\n    private $last = 0;\n\n"
    "    function f(User $u)\n    {\n        return $u->id + self::TTL + $this->last;\n    }\n}\n"
)
C = "#define MIN 16\n#define MAX 99\n\nint f(int x)\n{\n\treturn x < MIN ? MIN : MAX;\n}\n"
VUE = (
    "<script setup>\nimport { ref, computed } from 'vue'\nconst a = ref(1)\nconst b = computed(() => a)\n"
    "</script>\n\n<template>\n  <p>{{ b }}</p>\n</template>\n"
)
RUBY = "module A\n  MAX_DAYS = 21\n\n  def self.due(from)\n    from + MAX_DAYS\n  end\nend\n"
CSS = ":root {\n  --gap: 8px;\n  --ink: #111;\n}\n\np {\n  margin: var(--gap);\n  color: var(--ink);\n}\n"
MAKE = "CC = gcc\nFLAGS = -O2\n\nall: a.c\n\t$(CC) $(FLAGS) a.c\n"


@pytest.mark.parametrize(
    ("path", "before", "gone", "name"),
    [
        ("m.go", GO, '\t"errors"\n', "errors"),
        ("m.go", GO, 'var ErrGone = errors.New("gone")\n\n', "ErrGone"),
        ("m.go", GO, "\titems []int\n", "items"),
        ("m.rs", RUST, "use std::collections::HashMap;\n\n", "HashMap"),
        ("m.rs", RUST, "const MAX: usize = 3;\n\n", "MAX"),
        ("m.rs", RUST, "    Full,\n", "Full"),
        ("A.java", JAVA, "import java.util.Map;\n", "Map"),
        ("A.java", JAVA, "    private int count = 0;\n", "count"),
        ("A.php", PHP, "use App\\User;\n\n", "User"),
        ("A.php", PHP, "    private const TTL = 60;\n\n", "TTL"),
        ("A.php", PHP, "    private $last = 0;\n\n", "last"),
        ("m.c", C, "#define MIN 16\n", "MIN"),
        ("C.vue", VUE, "import { ref, computed } from 'vue'\n", "ref"),
        ("a.rb", RUBY, "  MAX_DAYS = 21\n\n", "MAX_DAYS"),
        ("s.css", CSS, "  --gap: 8px;\n", "--gap"),
        ("Makefile", MAKE, "FLAGS = -O2\n", "FLAGS"),
    ],
)
def test_a_name_in_use_keeps_its_line(path: str, before: str, gone: str, name: str) -> None:
    """Written, the file would not compile, or mean something else: the message names what is gone."""
    assert before.count(gone) == 1
    reply = f"{path}\n```\n{before.replace(gone, '')}```\n"
    with pytest.raises(EditError, match=rf"leaves out {name}.*still uses"):
        resolve_reply(reply, {path: before.encode()}.get)


@pytest.mark.parametrize(
    ("path", "before", "changes"),
    [
        ("m.go", GO, {'\t"errors"\n': "", 'errors.New("gone")': 'fmt.Errorf("gone")'}),
        ("m.go", GO, {'\t"errors"\n': '\terrors "example.org/errors/v2"\n'}),
        ("m.rs", RUST, {"use std::collections::HashMap;": "use std::collections::*;"}),
        ("m.rs", RUST, {"const MAX: usize = 3;\n\n": "", "m: &mut": "MAX: usize, m: &mut"}),
        ("A.java", JAVA, {"import java.util.List;\nimport java.util.Map;": "import java.util.*;"}),
        ("A.java", JAVA, {"    private int count = 0;\n": "", "next() {": "next(int count) {"}),
        ("A.php", PHP, {"    private $last = 0;\n\n": "", " + $this->last": ""}),
        ("C.vue", VUE, {"{ ref, computed }": "{\n  computed,\n  ref\n}"}),
        ("m.c", C, {"#define MIN 16\n": "enum { MIN = 16 };\n"}),
        ("s.css", CSS, {"  --gap: 8px;\n": "", "var(--gap)": "8px"}),
        ("A.java", JAVA, {"import java.util.Map;\n": "", "    Map<": "    java.util.Map<"}),
    ],
)  # fmt: skip
def test_a_name_that_has_another_meaning_or_none_may_go(
    path: str, before: str, changes: dict[str, str]
) -> None:
    """Declared anew, brought by a wildcard, or used no more: nothing is known to be missing."""
    after = before
    for old, new in changes.items():
        assert after.count(old) == 1
        after = after.replace(old, new)
    assert find_lost_bindings(path, before.split("\n"), after.split("\n")) == []
