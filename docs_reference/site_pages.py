"""MkDocs hooks: pages of the site that stand elsewhere in the repository, and links to them.

https://www.mkdocs.org/user-guide/configuration/#hooks
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PROJECT_PAGES = {
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "bench/RESULTS.md": "project/measurements.md",
}
"""Files of the repository, from its root, and the pages that they are in the site."""
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s#]+)(#[^()\s]*)?\)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    for source, page in PROJECT_PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links that hold in the repository hold in the site, where the file has a page there.

    A link to any other file of the repository becomes plain text.
    """
    del config
    here = {page: source for source, page in PROJECT_PAGES.items()}.get(
        page.file.src_uri, f"docs/{page.file.src_uri}"
    )

    def resolve(match: re.Match[str]) -> str:
        text, target, anchor = match[1], match[2], match[3] or ""
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here), target))
        site = PROJECT_PAGES.get(path) or path.removeprefix("docs/")
        if files.get_file_from_path(site) is None:
            # Strict mode names a link that leads nowhere in the repository either.
            return text if (ROOT / path).exists() else match[0]
        start = posixpath.dirname(page.file.src_uri)
        return f"[{text}]({posixpath.relpath(site, start or '.')}{anchor})"

    return _LINK.sub(resolve, markdown)
