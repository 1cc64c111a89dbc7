"""Edges of the graph: which file imports which, which definition is called where."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from math import log2

from bot.code import Outline, Symbol, enclosing_symbols, resolve_import
from bot.code.path_index import PathIndex
from bot.repo_map.entry_kinds import FileWords
from bot.repo_map.files import Source
from bot.repo_map.ranking import RankedFile, sort_ranked
from bot.text.code_words import name_word

MAX_HOLDERS = 150
"""Files looked into for one name; a name in more of them says nothing."""
TEST_MARK = re.compile(r"^tests?[_-]|[_-](?:tests?|spec)$|Tests?$|Spec$|^Test(?=[A-Z])")
"""What tells a test's name from that of the file it tests."""
IMPORTED_ROLE_WEIGHTS = {"code": 1.0, "unparsed": 0.9, "test": 0.2, "text": 0.3}
FOLDER_MODULES = frozenset({"__init__", "index", "mod", "lib", "main"})
TYPE_KINDS = frozenset({"class", "type", "module"})
MIN_TYPE_CHARS = 4
"""Shorter names of types are those of others, too."""
MAX_TESTED_FILES = 5
"""Files of code a test is taken to test, of those it imports."""
TEST_IMPORT_WEIGHT = 0.3
"""What an import by a test counts as."""


def imported_files(path: str, outline: Outline, paths: PathIndex) -> list[str]:
    """Files that a file imports, in the order it does."""
    found = (resolve_import(outline.language, module, path, paths) for module in outline.imports)
    return list(dict.fromkeys(target for targets in found for target in targets))


def neighbours_of(
    best: Sequence[str], imports: Mapping[str, Sequence[str]]
) -> dict[str, list[tuple[str, str]]]:
    """For each of the best files, those it imports and those that import it, with that word."""
    found: dict[str, list[tuple[str, str]]] = {path: [] for path in best}
    for path, targets in imports.items():
        for target in targets:
            if path in found:
                found[path].append((target, "imported by"))
            if target in found:
                found[target].append((path, "imports"))
    return found


def tested_files(
    tests: Iterable[str], code: Iterable[str], imports: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[str]]:
    """For each test the files of its own name; where there are none, those of code it imports."""
    code = set(code)
    by_stem: dict[str, list[str]] = {}
    for path in sorted(code):
        by_stem.setdefault(_stem(path), []).append(path)
    return {
        path: by_stem.get(TEST_MARK.sub("", _file_stem(path)).lower())
        or [target for target in imports[path] if target in code][:MAX_TESTED_FILES]
        for path in tests
    }


def _file_stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _stem(path: str) -> str:
    return _file_stem(path).lower()


def module_words(paths: Iterable[str]) -> dict[str, str]:
    """By path, the word that a file says which imports it or uses what it is named for."""
    words = {path: name_word(_module_name(path)) for path in paths}
    return {path: word for path, word in words.items() if word}


def _module_name(path: str) -> str:
    """A file that stands for its folder is imported by the folder's name."""
    stem = _file_stem(path)
    folder = path.rpartition("/")[0].rpartition("/")[2]
    return folder if stem in FOLDER_MODULES and folder else stem


def using_files(
    best: Sequence[str], outlines: Mapping[str, Outline]
) -> dict[str, list[tuple[str, str]]]:
    """For each of the best files, those that refer to a type it alone defines, without an import.

    So files of one package use each other in Go and Java, of one namespace in PHP, of any in Ruby.
    """
    defined: dict[str, set[str]] = {}
    for path, outline in outlines.items():
        for symbol in outline.symbols:
            if symbol.kind in TYPE_KINDS and len(symbol.name) >= MIN_TYPE_CHARS:
                defined.setdefault(symbol.name, set()).add(path)
    wanted = set(best)
    owner = {name: min(paths) for name, paths in defined.items() if len(paths) == 1}
    owner = {name: path for name, path in owner.items() if path in wanted}
    found: dict[str, list[tuple[str, str]]] = {path: [] for path in best}
    for path, outline in outlines.items():
        names = {name for name, _ in outline.references} & owner.keys()
        for used in sorted({owner[name] for name in names} - {path}):
            found[used].append((path, "uses"))
    return found


def rank_by_importers(
    files: Iterable[Source], imports: Mapping[str, Sequence[str]]
) -> list[RankedFile]:
    """Every file by how many import it: what there is to say where nothing was asked."""
    files = tuple(files)
    importers = dict.fromkeys((source.path for source in files), 0.0)
    counts = dict.fromkeys(importers, 0)
    role = {source.path: source.role for source in files}
    for path, targets in imports.items():
        for target in set(targets) & importers.keys():
            importers[target] += TEST_IMPORT_WEIGHT if role.get(path) == "test" else 1.0
            counts[target] += 1
    return sort_ranked(
        RankedFile(item, _importers_score(item, importers[item.path]), _reasons(counts[item.path]))
        for item in files
    )


def _importers_score(item: Source, importers: float) -> float:
    return log2(2 + importers) * IMPORTED_ROLE_WEIGHTS[item.role]


def _reasons(importers: int) -> tuple[str, ...]:
    return (f"imported by {importers} files",) if importers > 1 else ()


def files_holding(name: str, files: Iterable[tuple[Source, FileWords]]) -> list[Source]:
    """The files that hold a name, those that say it most often where they are many; by path."""
    word = name_word(_last_part(name))
    holding = [(read.counts[word], source) for source, read in files if word in read.counts]
    most = nlargest(MAX_HOLDERS, holding, key=lambda item: (item[0], item[1].path))
    return sorted((source for _, source in most), key=lambda item: item.path)


def find_definitions(name: str, outlines: Mapping[str, Outline]) -> Iterator[tuple[str, Symbol]]:
    """Definitions of a name, which may be dotted: `Owner.method`."""
    owner, last = name.rpartition(".")[0], _last_part(name)
    for path, outline in outlines.items():
        for symbol in outline.symbols:
            if symbol.name == last and f".{symbol.owner}".endswith(f".{owner}" if owner else ""):
                yield path, symbol


def find_callers(name: str, outlines: Mapping[str, Outline]) -> Iterator[tuple[str, Symbol]]:
    """The innermost definitions in which a name is referred to, each once."""
    last = _last_part(name)
    for path, outline in outlines.items():
        lines = [line for referred, line in outline.references if referred == last]
        around = dict.fromkeys(innermost_symbols(outline.symbols, lines))
        yield from ((path, symbol) for symbol in around if symbol.name != last)


def innermost_symbols(symbols: Iterable[Symbol], lines: Iterable[int]) -> Iterator[Symbol]:
    """For each line, in order, the definition around it that begins last; one walk for all."""
    known = sorted((each for each in symbols if each.kind != "heading"), key=lambda s: s.first)
    return (known[around[-1]] for _, around in enclosing_symbols(known, lines))


def _last_part(name: str) -> str:
    return name.rpartition(".")[2]
