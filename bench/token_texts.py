# ruff: noqa: E501 - a kind of text is one line
"""Texts to count: of every kind that a prompt may hold, and of the nasty kinds too.

All of them are generated or this repository's own, so that they can be kept with their counts.
"""

import base64
import json
import random
import string
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = ("bot/**/*.py", "runners/**/*.py", "tests/**/*.py", "*.md", "bench/*.md", "bench/**/*.toml")
OWN += (".ci/*", "Makefile", "pyproject.toml", "requirements.lock", "tests/**/*.txt")
LENGTHS = (60, 300, 1500)
SCRIPTS = {
    "latin": (0xA1, 0x250),
    "greek": (0x370, 0x400),
    "cyrillic": (0x400, 0x500),
    "arabic": (0x620, 0x64B),
    "devanagari": (0x905, 0x939),
    "thai": (0xE01, 0xE3A),
    "kana": (0x3041, 0x30FF),
    "han": (0x4E00, 0x9FA5),
    "hangul": (0xAC00, 0xD7A3),
    "emoji": (0x1F300, 0x1F6FF),
    "boxes": (0x2500, 0x25FF),
    "maths": (0x1D400, 0x1D7FF),
    "control": (1, 32),
    "private": (0xE000, 0xE100),
    "marks": (0x300, 0x36F),
    "tangut": (0x17000, 0x18000),
}
WORDS = "get set user id http xml parser index buffer pointer impl context async default zygote qux"
CONSTANTS = "MAX MIN HTTP SIZE BUF ERR INVALID EAGAIN SOCKOPT XFER KWARGS DEPRECATED"
PROSE = "The task is done when its check exits with 0. Nothing the model says makes it so. "
FOREIGN = (
    "Größe prüfen, été déjà créé; проверьте настройки; 这是一个测试函数。 テスト関数です。 함수 "
)
HEX, ALNUM = "0123456789abcdef", string.ascii_letters + string.digits


def texts() -> Iterator[tuple[str, str]]:
    """Name and text; the same ones every time."""
    chance = random.Random(20)  # noqa: S311 a sample, no secret
    for kind, make in KINDS.items():
        for length in LENGTHS:
            text = ""
            while len(text) < length:
                text += make(chance)
            yield f"{kind} {length}", text[:length]
    for name, (first, last) in SCRIPTS.items():
        for length in LENGTHS[:2]:
            yield (
                f"{name} {length}",
                "".join(chr(chance.randrange(first, last)) for _ in range(length)),
            )
    yield from _own(chance)


def _own(chance: random.Random) -> Iterator[tuple[str, str]]:
    files = sorted({file for pattern in OWN for file in ROOT.glob(pattern)})
    for file in chance.sample(files, min(60, len(files))):
        text = file.read_text()
        at = chance.randrange(max(1, len(text) - 1500))
        if len(text) > LENGTHS[0]:
            yield f"{file.relative_to(ROOT)} from {at}", text[at : at + 1500]


def _some(chance: random.Random, signs: str, least: int, most: int) -> str:
    return "".join(chance.choices(signs, k=chance.randint(least, most)))


def _of(words: str, joint: str, most: int, chance: random.Random) -> str:
    return joint.join(chance.choices(words.split(), k=chance.randint(1, most)))


def _record(chance: random.Random) -> dict[str, object]:
    return {
        "id": chance.randrange(10**9),
        "name": _of(WORDS, " ", 3, chance),
        "score": chance.random(),
    }


KINDS = {
    "hex": lambda c: _some(c, HEX, 64, 64) + "\n",
    "capital hex": lambda c: _some(c, HEX.upper(), 200, 200),
    "hex dump": lambda c: (
        f"{c.randrange(1 << 20):08x}: " + " ".join(_some(c, HEX, 4, 4) for _ in range(8)) + "\n"
    ),
    "bytes in C": lambda c: ", ".join(f"0x{c.randrange(256):02x}" for _ in range(12)) + ",\n",
    "base64": lambda c: base64.b64encode(c.randbytes(57)).decode() + "\n",
    "digits": lambda c: _some(c, string.digits, 99, 99),
    "csv": lambda c: ",".join(f"{c.uniform(-99, 99):.4f}" for _ in range(8)) + "\n",
    "lower letters": lambda c: _some(c, string.ascii_lowercase, 99, 99),
    "capital letters": lambda c: _some(c, string.ascii_uppercase, 99, 99),
    "mixed letters": lambda c: _some(c, string.ascii_letters, 99, 99),
    "random words": lambda c: _some(c, string.ascii_lowercase, 1, 9) + " ",
    "random names": lambda c: (
        "_".join(_some(c, string.ascii_lowercase, 1, 6) for _ in range(3)) + "("
    ),
    "camel": lambda c: _of(WORDS.title(), "", 5, c) + c.choice(" .()"),
    "constants": lambda c: _of(CONSTANTS, "_", 4, c) + c.choice([" ", "\n", " = 1\n"]),
    "one letter": lambda c: (
        c.choice(string.ascii_letters) + c.choice([" ", ".", ",", "(", ")", ";", " = "])
    ),
    "signs": lambda c: _some(c, string.punctuation, 99, 99),
    "printable": lambda c: _some(c, string.printable, 99, 99),
    "blanks": lambda c: " " * c.randint(1, 150) + c.choice("\nx\t"),
    "tabs": lambda c: "\t" * c.randint(1, 12) + c.choice("\nx"),
    "empty lines": lambda c: "\n" * c.randint(1, 12) + "x",
    "mixed blanks": lambda c: _some(c, " \t\n\r", 30, 30),
    "rulers": lambda c: c.choice(string.punctuation) * c.randint(1, 100) + c.choice("\n x"),
    "lines of DOS": lambda c: "word = 1\r\n" * c.randint(1, 4) + "\r\n" * c.randint(0, 4),
    "uuid": lambda c: "-".join(_some(c, HEX, n, n) for n in (8, 4, 4, 4, 12)) + "\n",
    "log": lambda c: (
        f"2031-0{c.randint(1, 9)}-1{c.randrange(10)}T1{c.randrange(10)}:{c.randint(10, 59)}:07.{c.randint(100, 999)}Z [{c.choice(['INFO', 'ERROR'])}] worker-{c.randrange(99)} took {c.randrange(9999)}ms\n"
    ),
    "paths": lambda c: (
        _of(WORDS, "/", 5, c) + c.choice(["Test.kt", ".py", "_test.go", "/index.tsx"]) + "\n"
    ),
    "map": lambda c: (
        f"{_of(WORDS, '/', 3, c)}.py\n  {c.randrange(900)} def {_of(WORDS, '_', 3, c)}(self, {_of(WORDS, ': int, ', 4, c)}) -> None\n"
    ),
    "diff": lambda c: (
        f"@@ -{c.randrange(900)},7 +{c.randrange(900)},9 @@\n-    {_of(WORDS, '.', 3, c)}({_of(WORDS, ', ', 3, c)})\n+    return {_of(WORDS, '_', 3, c)}\n"
    ),
    "json": lambda c: json.dumps([_record(c), _record(c)], indent=c.choice([None, 2, 4])),
    "escaped json": lambda c: json.dumps(
        "".join(chr(c.randrange(0x400, 0x9000)) for _ in range(9))
    ),
    "url": lambda c: (
        f"https://example.com/{_some(c, string.ascii_lowercase, 5, 9)}?q={_some(c, ALNUM, 11, 11)}&v=%{c.randrange(256):02X}\n"
    ),
    "lock file": lambda c: (
        f'"integrity": "sha512-{base64.b64encode(c.randbytes(64)).decode()}",\n    "version": "{c.randrange(20)}.{c.randrange(20)}.0",\n'
    ),
    "colours": lambda c: (
        f"\x1b[{c.randint(30, 37)}m{c.choice(['PASS', 'FAIL'])}\x1b[0m test_{c.randrange(99)}\n"
    ),
    "minified": lambda c: (
        c.choice(
            [
                "function",
                "return",
                "var ",
                "if(",
                "!0",
                "e=>",
                "&&",
                "||",
                "){",
                "});",
                "this.",
                "[0]",
                "?",
            ]
        )
        + c.choice(string.ascii_letters)
    ),
    "prose": lambda _: PROSE,
    "prose of the world": lambda _: FOREIGN,
    "tree": lambda c: (
        c.choice(["├── ", "│   ", "└── ", "╭──╮", "━━━ "])
        + c.choice(["src", "main.rs\n", "test\n"])
    ),
    "ticks": lambda c: c.choice("✅❌🎉🚀🐛") + " " + _of(WORDS, " ", 4, c) + "\n",
}
