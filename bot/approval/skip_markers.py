"""Patterns of what keeps a test from being run or from failing, or turns a check off."""

import re

# A test that ends the process with 0 ends the run as if all tests had passed.
_EXITS = r"|\b(?:os\._exit|sys\.exit|process\.exit|os\.Exit|System\.exit|process::exit)\b"
_JVM = (
    r"@(?:\w+\.){0,9}(?:Disabled\w*|Ignore\w*|EnabledIf\w*|EnabledOn\w*)|\bassume\w*\s*\("
    r"|\benabled\s*=\s*false|\bif\s*\(\s*false"
)
# One `only` keeps all other tests of its file from being run: https://jestjs.io/docs/api
_SCRIPT = (
    r"(?<![\w$])(?:it|test|describe|context|suite|specify|t|this)(?:\.\w+){0,5}"
    r"\.(?:only|skip|skipIf|runIf|todo|fixme|failing|fails)\b"
    r"|(?<![\w.$])(?:xit|xtest|xdescribe|xcontext|fit|fdescribe|ftest|fcontext)\s*[(.]"
    r"|\b(?:skip|only|todo|ignore)\s*:\s*true|\bif\s*\(\s*(?:false|0)\s*\)"
)
# A system that a new test is for; for one that was there before it is another mark.
_SYSTEMS = r"(?:not\s*\(\s*)?(?:unix|windows|target_os\s*=[^\]\n]{0,60})\s*\)?\s*\)\s*\]"
_RUST_CFG = r"#!?\[\s*cfg\s*\(\s*(?!test\s*\))[^\]\n]{0,200}\]\s*"
_RUST_MARK = r"(?:#\[\s*(?:\w+::)*test\b|(?:pub\s+)?mod\s+\w*tests?\b)"
_FORMS = {
    "python": (
        # https://docs.pytest.org/en/stable/how-to/skipping.html
        # https://docs.pytest.org/en/stable/example/pythoncollection.html
        r"\b(?:skip|skipif|skipIf|skipUnless|skipTest|SkipTest|xfail|importorskip|expectedFailure"
        r"|collect_ignore(?:_glob)?|pytest_ignore_collect|__test__|nottest)\b"
        r"|\bload_tests\b|\bpytest_plugins\b|^def[ \t]+(?:pytest_\w+|__getattr__)\b"
        r"|\bif\s+(?:False|0|not\s+True)\b|\bpytest\.exit\b|\bglobals\(\)|\bvars\(\)"
        # A test whose name is taken away, or given to something else, is collected no more.
        r"|^(?:del[ \t]+\w+|(?:test|Test)\w*[ \t]*=(?!=))"
    ),
    "go": (
        # TestMain decides whether tests are run: https://pkg.go.dev/testing#hdr-Main
        r"\.(?:Skip|Skipf|SkipNow)\(|\btesting\.Short\(\)|\bif\s+false\b|\bfunc\s+TestMain\b"
        r"|^func\s+init\s*\("
    ),
    "rust": (
        # https://doc.rust-lang.org/reference/attributes/testing.html
        r"#\[\s*(?:ignore|cfg_attr\b[^\]\n]{0,200}\bignore)\b|\bif\s+false\b"
        # A test that is compiled under another condition than `test`, which may never hold.
        rf"|{_RUST_CFG}{_RUST_MARK}|#\[\s*(?:\w+::)*test\b[^\]\n]*\]\s*(?!#\[\s*cfg\s*\(\s*{_SYSTEMS}){_RUST_CFG}"
        r"|#!?\[\s*cfg\s*\(\s*(?:any\s*\(\s*\)|not\s*\(\s*test\s*\)|false|FALSE)"
    ),
    "ruby": r"\b(?:skip|pending|xit|xdescribe|xcontext|fit|fdescribe)\b|\bif\s+false\b",
    "csharp": r"\bSkip\s*=|\[\s*Ignore\b|\bAssert\.(?:Ignore|Inconclusive)\b",
    "php": r"\bmarkTest(?:Skipped|Incomplete)\b|\bif\s*\(\s*false",
    **dict.fromkeys(("java", "kotlin", "scala", "swift"), _JVM),
    **dict.fromkeys(("javascript", "typescript", "tsx"), _SCRIPT),
}
SKIPS = {language: re.compile(form + _EXITS, re.MULTILINE) for language, form in _FORMS.items()}
"""To be sought in code without its comments and strings."""

# https://pkg.go.dev/cmd/go#hdr-Build_constraints
NOT_BUILT = re.compile(r"^//[ \t]*(?:go:build|\+build)[^\n]*", re.MULTILINE)
"""A comment by which Go leaves a file out."""

# Among others: https://docs.astral.sh/ruff/linter/#error-suppression
# https://mypy.readthedocs.io/en/stable/inline_config.html
DISABLES_CHECKS = re.compile(
    r"#[ \t]*(?:ruff|flake8)[ \t]*:[ \t]*noqa\b|#[ \t]*mypy[ \t]*:[ \t]*[\w-]+"
    r"|#[ \t]*pylint[ \t]*:[ \t]*(?:skip-file|disable=all)|#[ \t]*pyright[ \t]*:[ \t]*\w+"
    r"|^#[ \t]*type[ \t]*:[ \t]*ignore\b|/\*[ \t]*eslint-disable\b(?!-)|//[ \t]*@ts-nocheck\b"
    r"|\bbiome-ignore-all\b|#!\[[ \t]*(?:allow|cfg)\b[^\n]{0,80}|@file:Suppress\b"
    r"|//[ \t]*CHECKSTYLE:OFF\b|^//nolint\b",
    re.MULTILINE,
)
"""In a comment or an attribute, for the whole file."""

ASSERTS = re.compile(
    r"\b[Aa]ssert\w*|\b[Ee]xpect\w*|\bshould\b|\bshould_\w+|\.should\w+"
    r"|\brequire\.(?!resolve|cache|main)\w+\(|\b(?:raises|verify|fail)\w*\s*\("
    r"|\bt\.(?:Error|Fatal)\w*\(|\bpanic!|\bshould_panic\b"
)
ALWAYS_TRUE = re.compile(
    r"\bassert\s+(?:True|1)\b(?!\s*[=!<>])|\b(?:debug_)?assert\w*!?\s*\(\s*true\s*[,)]"
    r"|\bexpect\s*\(\s*true\s*\)",
    re.IGNORECASE,
)
