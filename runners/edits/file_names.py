"""What is known of a repository's files, and which of them a name in a reply means."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from runners.edits.model import EditError, Read, Span
from runners.edits.text_file import split_lines

MAX_PATH_CHARACTERS = 300
"""Longer than any path that a reply names in earnest."""
MAX_FOLDERS = 40
# Names without an extension that are files by convention.
BARE_NAME = re.compile(
    r"^(?:[A-Z]\w{0,30}file|makefile|justfile|dockerfile|GNUmakefile|LICENSE|LICENCE|COPYING|NOTICE|"
    r"AUTHORS|CONTRIBUTORS|CODEOWNERS|CHANGELOG|README|INSTALL|MANIFEST|WORKSPACE|BUILD|gradlew)$"
)
EXTENSION = re.compile(r"\.([A-Za-z]\w{0,9})$")
FILE_EXTENSION = re.compile(
    r"^(?:ac|adb|ads|adoc|am|asm|astro|bas|bash|bat|bats|bazel|bib|bicep|bzl|c|cc|cfg|cjs|"
    r"clj|cljs|cmake|cmd|cnf|coffee|conf|config|cpp|cs|cshtml|csproj|css|csv|cts|cu|"
    r"cue|cxx|d|dart|dockerfile|dot|ejs|el|elm|env|erb|erl|ex|exs|f90|fish|fs|fsx|"
    r"gitignore|go|gql|gradle|graphql|groovy|h|haml|hbs|hcl|heex|hh|hpp|hrl|hs|htm|"
    r"html|hxx|idl|ini|ipynb|j2|java|jinja|jinja2|jl|js|json|json5|jsonc|jsonl|jsx|kt|"
    r"kts|less|lhs|liquid|lisp|lock|lua|m4|mak|markdown|md|mdx|mjs|mk|ml|mli|mm|mts|"
    r"mustache|nim|ninja|nix|njk|nunjucks|org|pas|patch|php|pl|plist|pm|po|pot|prisma|"
    r"properties|proto|ps1|psm1|pug|puml|py|pyi|pyx|r|rake|rb|rkt|rmd|rs|rst|sass|sbt|"
    r"scala|scm|scss|sh|sol|sql|styl|sv|svelte|svg|swift|tcl|tex|tf|tfvars|thrift|"
    r"tmpl|toml|tpl|ts|tsv|tsx|twig|txt|v|vb|vhd|vim|vue|wat|xml|xsd|xsl|xslt|yaml|"
    r"yang|yml|zig|zsh|example|"
    r"sample|dist|template|local|test)$",
    re.IGNORECASE,
)
"""Extensions that tell a file from an attribute such as `os.path` where nothing else does."""
# Code has these where a name has none; `$`, `{}`, `[]`, `()` and `&` stand in names of routes.
CODE_CHARACTERS = re.compile(r"[\"'`<>|;=*?!\uff1a\x00-\x1f]|::|//|\(\)|->|^\w\w+:")
ABSOLUTE = re.compile(r"^(?:[/~\\]|[A-Za-z]:[\\/])")
PLAIN_NAME = re.compile(r"^\.?[\w@+~\-\[\](),.$&{}#%^\\/]+$")
FOLDERS_NAME = re.compile(r"^\.?[\w@+~.\-]+(?:[/\\][\w@+~.\-]+)+$")
# Models copy `path/to/file` from the examples they learned.
PLACEHOLDER = re.compile(r"^(?:\.?/?(?:path/to|your/path|full/path|relative/path)(?:/the)?/|\./)")


@dataclass(frozen=True, slots=True)
class FileNames:
    """What is known of the files: enough to tell a path from a word.

    `default` is the file meant where the reply names none, `only` the paths it may touch;
    `sections` are the lines of `default` that were shown, from 1; none where all of it was.
    `folder` is the repository's own, by its name or by its absolute path.
    `fixed`: everything is for `default`, whatever it says.
    """

    read: Read
    default: str = ""
    only: Collection[str] | None = None
    sections: tuple[Span, ...] = ()
    folder: str = ""
    fixed: bool = False
    _contents: dict[str, bytes | None] = field(default_factory=dict, compare=False, repr=False)
    _lines: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def read_content(self, path: str) -> bytes | None:
        """None too where the path cannot be read."""
        if path not in self._contents:
            try:
                self._contents[path] = self.read(path) if path else None
            except EditError:
                self._contents[path] = None
        return self._contents[path]

    def file_exists(self, path: str) -> bool:
        return self.read_content(path) is not None

    def stripped_lines(self, path: str) -> frozenset[str]:
        """The lines of a file, blanks aside."""
        if path not in self._lines:
            text = (self.read_content(path) or b"").decode("utf-8", "replace")
            self._lines[path] = frozenset(map(str.strip, split_lines(text)))
        return self._lines[path]

    def is_known(self, path: str) -> bool:
        return (
            path == self.default
            or (self.only is not None and path in self.only)
            or self.file_exists(path)
        )

    def may_change(self, path: str) -> bool:
        return self.only is None or path in self.only

    def resolve_name(self, name: str) -> str:
        """The path a name is another spelling of; the name itself where no such file is known."""
        name = name.strip()
        if self.is_known(name):
            return name
        if self.folder.startswith("/") and name.startswith(self.folder.rstrip("/") + "/"):
            return name.removeprefix(self.folder.rstrip("/")).lstrip("/")
        return next((path for path in self._spellings(name) if self.is_known(path)), name)

    def _spellings(self, name: str) -> list[str]:
        plain = name.replace("\\", "/").removeprefix("./")
        spellings = [plain, PLACEHOLDER.sub("", plain)]
        # From the root of the repository, and as chats refer to a file.
        spellings += [plain.lstrip("/@")] if plain.startswith(("/", "@")) else []
        # Models put the repository's own name in front.
        own_name = self.folder.rstrip("/").rsplit("/", 1)[-1]
        if own_name and plain.startswith(own_name + "/"):
            spellings.append(plain.removeprefix(own_name + "/"))
        return spellings

    def long_form(self, name: str) -> str:
        """The one path of the task that ends in a name without its folders; empty if none does.

        Not the other way round: a name with more folders than the task's file is another file.
        """
        short = name.replace("\\", "/").removeprefix("./")
        if not short or ABSOLUTE.match(short) or self.is_known(short):
            return ""
        known_paths = {*(self.only or ()), self.default}
        found = [path for path in known_paths if path.endswith("/" + short)]
        return found[0] if len(found) == 1 else ""

    def siblings(self, name: str, others: Sequence[str]) -> list[str]:
        """The files of a name without folders that stand beside one of the other files."""
        if not name or "/" in name or "\\" in name:
            return []
        folders = dict.fromkeys(path.rpartition("/")[0] for path in others if "/" in path)
        return [path for folder in folders if self.file_exists(path := f"{folder}/{name}")]

    def path_in_folder(self, folder: str, name: str) -> str:
        """The file of that name in a folder of the repository, or in one beside the task's."""
        above = self.default.rpartition("/")[0].rpartition("/")[0]
        paths = [f"{folder}/{name}", f"{above}/{folder}/{name}" if above else ""]
        return next(filter(self.file_exists, paths), "") if "/" not in name else ""

    def path_of_existing(self, name: str) -> str:
        """The file that a name means where it can only mean one to change."""
        return self.long_form(name) or self._inside_absolute(name) or self.resolve_name(name)

    def _inside_absolute(self, name: str) -> str:
        """The file that an absolute name ends in, with most of its folders: it names no other."""
        if not ABSOLUTE.match(name):
            return ""
        parts = name.replace("\\", "/").split("/")[1:MAX_FOLDERS]
        tails = ["/".join(parts[at:]) for at in range(len(parts))]
        found = [tail for tail in tails if self.is_known(tail)]
        return self.default if self.default in found else found[0] if found else ""

    def is_path(self, text: str, *, labelled: bool = False) -> bool:
        """Whether a text is a path. `labelled`: something says so, as quotes or a line of its own.

        What is no known file needs an extension, or a name that files have by convention.
        """
        if not text or len(text) > MAX_PATH_CHARACTERS or text.isspace():
            return False
        if "/" not in text and "." not in text and not labelled and not BARE_NAME.match(text):
            return False
        if self.is_known(text) or self.resolve_name(text) != text:
            return True
        if CODE_CHARACTERS.search(text) or "://" in text or text.endswith(("/", ".", "\\")):
            return False
        if BARE_NAME.match(text.replace("\\", "/").rsplit("/", 1)[-1]) and " " not in text:
            return True
        return _has_file_extension(text, labelled=labelled)


def _has_file_extension(text: str, *, labelled: bool) -> bool:
    extension = EXTENSION.search(text)
    name = text.replace("\\", "/").rsplit("/", 1)[-1]
    if extension is None:
        # `.gitignore` is a name; `.x` alone, in a sentence, is an attribute.
        folders = "/" in text and not ABSOLUTE.match(text)
        return labelled and folders and bool(FOLDERS_NAME.match(text))
    if name.startswith(".") and name.count(".") == 1:
        return labelled or name[1:].endswith(("ignore", "rc", "config", "env"))
    if FILE_EXTENSION.match(extension[1]):
        # `Node.js` is a program, `e.g.` and `example.com` are words.
        product = re.match(r"^[A-Z]\w*\.(?:js|net|io)$", text)
        return not product and (" " not in text or labelled)
    return labelled and " " not in text and bool(PLAIN_NAME.match(text)) and "(" not in text
