"""How far the estimate of tokens is above the true counts, and that it is never below them.

    python bench/tokens.py VOCABULARIES [FILE_OR_FOLDER...]     the margins, on those files' texts
    python bench/tokens.py VOCABULARIES --fixture               writes what the tests compare with

VOCABULARIES is a folder that holds whichever of these you have; what is absent is skipped:
    NAME/tokenizer.json    of a model (needs `pip install tokenizers`)
    NAME.gguf              a model of llama.cpp (needs llama-cpp-python)
A folder whose name begins with `large-` counts for the family of large vocabularies too.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from token_texts import texts  # noqa: E402 - a script finds the rooms by its own place

from bot.models.token_estimate import ANY, LARGE, Family, estimate_tokens  # noqa: E402

FIXTURE = ROOT / "tests" / "bot" / "tiers" / "tokens_measured.jsonl"
Tokenizer = Callable[[str], int]
LARGE_MARK = "large-"


def tokenizers(folder: Path) -> Iterator[tuple[str, Tokenizer]]:
    for path in sorted(folder.iterdir()):
        if (path / "tokenizer.json").is_file() and find_spec("tokenizers"):
            yield path.name, _fast(path / "tokenizer.json")
        elif path.suffix == ".gguf" and find_spec("llama_cpp"):
            yield path.stem, _gguf(path)
        else:
            print(f"skipped: {path.name}")


def _fast(path: Path) -> Tokenizer:
    import tokenizers as library  # noqa: PLC0415 only where it is there

    described = json.loads(path.read_text())
    # A chat sign in a text is data here, as it is in a prompt; runs of blanks are none.
    described["added_tokens"] = [
        each for each in described["added_tokens"] if not each["content"].strip()
    ]
    described["post_processor"] = None
    model: Any = library.Tokenizer.from_str(json.dumps(described))
    return lambda text: len(model.encode(text, add_special_tokens=False))


def _gguf(path: Path) -> Tokenizer:
    import llama_cpp  # noqa: PLC0415 only where it is there

    model: Any = llama_cpp.Llama(model_path=str(path), vocab_only=True, verbose=False)
    return lambda text: len(
        model.tokenize(text.encode("utf-8", "replace"), add_bos=False, special=False)
    )


def pieces(paths: list[Path]) -> Iterator[str]:
    """Two stretches of each file, from 50 to 30,000 characters."""
    chance = random.Random(1)  # noqa: S311 a sample, no secret
    files = [each for path in paths for each in ([path] if path.is_file() else path.rglob("*"))]
    for file in sorted(each for each in files if each.is_file() and not each.is_symlink()):
        if ".git" in file.parts:
            continue
        text = file.read_bytes()[:500_000].decode("utf-8", "replace")
        for _ in range(2 if "\0" not in text else 0):
            size = int(50 * 600 ** chance.random())
            at = chance.randrange(max(1, len(text) - size))
            if len(text[at : at + size]) >= 50:  # noqa: PLR2004 the promise's least text
                yield text[at : at + size]


def compare(name: str, count: Tokenizer, corpus: list[str], family: Family) -> int:
    """Prints the margins over one tokenizer; returns how many texts were estimated too small."""
    ratios = [estimate_tokens(text, family) / count(text) for text in corpus]
    under = sum(ratio < 1 for ratio in ratios)
    of = "large" if family is LARGE else "any"
    spread = f"{min(ratios):.2f} {statistics.median(ratios):.2f} {max(ratios):.2f}"
    print(f"{name:24} {of:6} least, median, most: {spread}   below: {under} of {len(ratios)}")
    return under


def speed(corpus: list[str]) -> None:
    text = "".join(corpus)
    for which in ("cold", "warm"):
        began = time.process_time()
        estimate_tokens(text)
        print(f"{which}: {len(text) / 1e6 / (time.process_time() - began):.1f} MB/s")


def write_fixture(known: list[tuple[str, Tokenizer]]) -> None:
    rows = []
    for name, text in texts():
        counts = {each: count(text) for each, count in known}
        rows.append({"name": name, "counts": counts, "text": text})
    FIXTURE.write_text("".join(json.dumps(row) + "\n" for row in rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vocabularies", type=Path)
    parser.add_argument("paths", type=Path, nargs="*", default=[ROOT])
    parser.add_argument("--fixture", action="store_true")
    wish = parser.parse_args()
    known = list(tokenizers(wish.vocabularies))
    if wish.fixture:
        write_fixture(known)
        return
    corpus = [*pieces(wish.paths), *(text for _, text in texts())]
    speed(corpus)
    under = 0
    for name, count in known:
        for family in (ANY, LARGE) if name.startswith(LARGE_MARK) else (ANY,):
            under += compare(name, count, corpus, family)
    sys.exit(under > 0)


if __name__ == "__main__":
    main()
