import textwrap

from bot.code import Symbol, outline_file

SAMPLE = textwrap.dedent('''\
    """A bank."""
    import os, json as j
    from . import errors
    from ..core.money import Money, Rate as R
    from typing import *

    LIMIT = 100
    names: list[Money] = load()

    @register("a",
              strict=True)
    class Account(Base, metaclass=Meta):
        """Money in one place."""
        kind = "plain"

        def __init__(
            self,
            owner: str,  # who it belongs to
            *,
            rate: R = None,
        ) -> None:
            self.owner = owner

        @property
        async def rate(self): return self._rate

        class Inner:
            def deep(self):
                def local(): pass
                raise errors.Broken

    type Pair = tuple[int, int]
    ''').encode()


def test_definitions_have_lines_signatures_and_owners() -> None:
    assert outline_file("bank/account.py", SAMPLE).symbols == (
        Symbol("LIMIT", "constant", 7, 7, "LIMIT = 100"),
        Symbol("names", "constant", 8, 8, "names: list[Money] = load()"),
        Symbol("Account", "class", 10, 30, "class Account(Base, metaclass=Meta)"),
        Symbol(
            "__init__",
            "method",
            16,
            22,
            "def __init__(self, owner: str, *, rate: R = None) -> None",
            "Account",
        ),
        Symbol("rate", "method", 24, 25, "async def rate(self)", "Account"),
        Symbol("Inner", "class", 27, 30, "class Inner", "Account"),
        Symbol("deep", "method", 28, 30, "def deep(self)", "Account.Inner"),
        Symbol("local", "function", 29, 29, "def local()", "Account.Inner.deep"),
        Symbol("Pair", "type", 32, 32, "type Pair = tuple[int, int]"),
    )


def test_references_are_calls_types_bases_and_what_is_raised() -> None:
    found = outline_file("bank/account.py", SAMPLE).references
    assert {
        ("Money", 8),
        ("load", 8),
        ("register", 10),
        ("Base", 12),
        ("str", 18),
        ("R", 20),
        ("property", 24),
        ("Broken", 30),
        ("tuple", 32),
    } <= set(found)
    assert list(found) == sorted(set(found), key=lambda each: (each[1], each[0]))


def test_an_import_of_a_name_says_where_it_is_from() -> None:
    assert outline_file("bank/account.py", SAMPLE).imports == (
        "os",
        "json",
        ".errors",
        "..core.money.Money",
        "..core.money.Rate",
        "typing",
    )


def test_what_stands_in_broken_code_is_found_all_the_same() -> None:
    body = b"def good(a):\n    return a\n\ndef bad():\n  x = = 2\n\nclass Last:\n    pass\n"
    assert {"good", "Last"} <= {each.name for each in outline_file("a.py", body).symbols}
