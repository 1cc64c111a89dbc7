import pytest

from bot.code import language_of


@pytest.mark.parametrize(
    ("path", "body", "language"),
    [
        ("a/b.py", b"", "python"),
        ("a.MJS", b"", "javascript"),
        ("a.d.ts", b"", "typescript"),
        ("a.tsx", b"", "tsx"),
        ("Rakefile", b"", "ruby"),
        ("x/Gemfile", b"", "ruby"),
        ("Dockerfile", b"FROM x", ""),
        ("bin/run", b"#!/usr/bin/env python3\n", "python"),
        ("bin/run", b"#!/usr/bin/env -S node --x\n", "javascript"),
        ("bin/run", b"#! /bin/sh -e\n", "bash"),
        ("bin/run", b"#!/usr/bin/perl\n", ""),
        ("notes", b"hello", ""),
        ("a.h", b"struct a { int x; };\nint class;\n", "c"),
        ("a.h", b"// class of things: many\nint f(void);\n", "c"),
        ("a.h", b"#include <vector>\n", "cpp"),
        ("a.h", b"class Foo : public Bar {\n", "cpp"),
        ("a.h", b"  template <typename T>\n", "cpp"),
        (".py", b"", ""),
        ("folder.py/readme", b"", ""),
        ("", b"", ""),
    ],
)
def test_a_file_is_of_the_language_its_name_or_first_line_says(
    path: str, body: bytes, language: str
) -> None:
    assert language_of(path, body) == language
