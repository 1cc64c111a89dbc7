"""Seeded source files in Python, Go and JavaScript that import and call one another, and pages."""

from collections.abc import Iterator
from random import Random

VERBS = "load store merge split parse render fetch queue close open count check build".split()  # noqa: SIM905
NOUNS = "account ledger invoice parcel route stream packet ticket branch window cursor".split()  # noqa: SIM905
WORDS = [*VERBS, *NOUNS, "the", "of", "when", "each", "before", "after", "without", "every"]
LANGUAGES = ("py", "py", "go", "js")
"""How often each is written."""
IMPORTS = 4


def files(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Paths with their text, twenty files a package, each package with a page about it."""
    random = Random(seed)  # noqa: S311 - the same files each time
    before: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for number in range(count):
        package = f"services/{NOUNS[number // 20 % len(NOUNS)]}{number // 20}"
        if number % 20 == 0:
            yield f"{package}/README.md", _page(package, random)
            continue
        language = LANGUAGES[number // 20 % len(LANGUAGES)]
        stem = f"{random.choice(VERBS)}_{random.choice(NOUNS)}_{number}"
        known = before[language]
        imports = [random.choice(known) for _ in range(min(IMPORTS, len(known)))]
        yield f"{package}/{stem}.{language}", _WRITERS[language](stem, imports, random)
        known.append(f"{package}/{stem}")


def _page(package: str, random: Random) -> str:
    parts = [f"# {package}\n", *(f"## {_sentence(random)}\n\n{_prose(random)}" for _ in range(6))]
    return "\n".join(parts)


def _prose(random: Random) -> str:
    return " ".join(_sentence(random).capitalize() + "." for _ in range(8)) + "\n"


def _sentence(random: Random) -> str:
    return " ".join(random.choices(WORDS, k=9))


def _python(stem: str, imports: list[str], random: Random) -> str:
    lines = [f"from {path.replace('/', '.')} import {_first(path)}" for path in imports]
    lines += ["", "", f"class {_type(stem)}:", f'    """{_sentence(random)}"""', ""]
    for name in [_first(stem), *_names(stem, random)]:
        call = _first(random.choice(imports)) if imports else "len"
        lines += [
            f"    def {name}(self, given: list[str], limit: int = {random.randrange(99)}) -> int:",
            f'        """{_sentence(random)}"""',
            "        for number, item in enumerate(given):",
            f"            if {call}(item) > limit:",
            f"                raise ValueError('{_sentence(random)}')",
            f"        return number + {random.randrange(999)}",
            "",
        ]
    return "\n".join([*lines, f"def {_first(stem)}(item: str) -> int:", "    return len(item)", ""])


def _go(stem: str, imports: list[str], random: Random) -> str:
    lines = [f"package {stem.split('_', maxsplit=1)[0]}", "", "import ("]
    lines += [
        f'\t"example.com/shop/{path.rpartition("/")[0]}"'
        for path in sorted({p.rpartition("/")[0]: p for p in imports}.values())
    ]
    lines += [")", "", f"// {_type(stem)} {_sentence(random)}", f"type {_type(stem)} struct {{"]
    lines += ["\tlimit int", "}", ""]
    for name in [_first(stem), *_names(stem, random)]:
        call = _type(random.choice(imports)) if imports else "len"
        lines += [
            f"// {_type(name)} {_sentence(random)}",
            f"func (s *{_type(stem)}) {_type(name)}(given []string, limit int) (int, error) {{",
            "\tfor number, item := range given {",
            f"\t\tif {call}(item) > limit {{",
            f'\t\t\treturn number, errors.New("{_sentence(random)}")',
            "\t\t}",
            "\t}",
            f"\treturn {random.randrange(999)}, nil",
            "}",
            "",
        ]
    return "\n".join(lines)


def _javascript(stem: str, imports: list[str], random: Random) -> str:
    lines = [f"import {{ {_first(path)} }} from '../../{path}.js'" for path in imports]
    lines += ["", f"/** {_sentence(random)} */", f"export class {_type(stem)} {{"]
    for name in _names(stem, random):
        call = _first(random.choice(imports)) if imports else "String"
        lines += [
            f"  /** {_sentence(random)} */",
            f"  {name}(given, limit = {random.randrange(99)}) {{",
            "    for (const item of given) {",
            f"      if ({call}(item) > limit) throw new Error('{_sentence(random)}')",
            "    }",
            f"    return given.length + {random.randrange(999)}",
            "  }",
            "",
        ]
    return "\n".join(
        [*lines, "}", "", f"export function {_first(stem)}(item) {{", "  return 1", "}", ""]
    )


def _first(path: str) -> str:
    """The one function that others import from a file."""
    return path.rsplit("/", 1)[-1]


def _type(stem: str) -> str:
    return "".join(part.capitalize() for part in _first(stem).split("_"))


def _names(stem: str, random: Random) -> list[str]:
    number = stem.rsplit("_", 1)[-1]
    some = random.randrange(6, 22)
    return [f"{random.choice(VERBS)}_{random.choice(NOUNS)}_{number}_{n}" for n in range(some)]


_WRITERS = {"py": _python, "go": _go, "js": _javascript}
