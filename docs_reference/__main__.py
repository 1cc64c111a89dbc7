"""Write the generated pages, or with `--check` say which of them are not as the code is."""

import sys
from pathlib import Path

from docs_reference.pages import render_pages

ROOT = Path(__file__).parents[1]


def main(arguments: list[str]) -> int:
    stale = [
        (path, text)
        for path, text in render_pages().items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        print(f"{path} is not as the code is" if "--check" in arguments else f"wrote {path}")
        if "--check" not in arguments:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
