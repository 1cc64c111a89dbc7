"""An import means a file of the repository or none; where two would do, none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.code import PathIndex, resolve_import
from bot.code.resolve_import import RESOLVERS

NAMED = """
pkg/__init__.py pkg/core.py pkg/sub/__init__.py pkg/sub/deep.py pkg/json.py src/lib_a/__init__.py
src/lib_a/x.py tools/build/helper.py tools/build/run.py backend/app/__init__.py backend/app/db.py
web/index.ts web/app.tsx web/util/index.js web/api.ts src/shared.ts src/ui/button.tsx
go.mod main.go srv/http.go srv/tls.go srv/http_test.go nested/go.mod nested/a/a.go
crates/one/src/lib.rs crates/one/src/http/mod.rs crates/one/src/http/client.rs
crates/one/src/util.rs crates/two-b/src/lib.rs crates/two-b/src/net.rs
app/src/main/java/com/acme/Store.java app/src/main/java/com/acme/Tools.kt
app/src/test/java/com/acme/Store.java app/src/main/java/com/dup/D.java other/com/dup/D.java
c/main.c c/near.h include/far.h deep/inside/unique.h one/twice.h two/twice.h
lib/acme.rb lib/acme/thing.rb spec/help.rb gem/lib/other/x.rb
php/index.php php/inc/x.php php/src/Models/User.php php/app/Only.php
sh/run.sh sh/lib/util.sh
"""
FILES = NAMED.split()
PATHS = PathIndex(
    FILES, {"go.mod": b"module example.com/m\n", "nested/go.mod": b'module "example.com/m/nested"'}
)


@pytest.mark.parametrize(
    ("language", "specifier", "source", "expected"),
    [
        ("python", "pkg.core", "main.py", "pkg/core.py"),
        ("python", "pkg.core.Name", "main.py", "pkg/core.py"),
        ("python", "pkg", "main.py", "pkg/__init__.py"),
        ("python", "pkg.Name", "main.py", "pkg/__init__.py"),
        ("python", ".core.Name", "pkg/json.py", "pkg/core.py"),
        ("python", ".core", "pkg/__init__.py", "pkg/core.py"),
        ("python", "..core", "pkg/sub/deep.py", "pkg/core.py"),
        ("python", ".", "pkg/core.py", "pkg/__init__.py"),
        ("python", "....core", "pkg/sub/deep.py", ""),
        ("python", "json", "pkg/core.py", ""),
        ("python", "json", "main.py", ""),
        ("python", "lib_a.x", "tests/test_x.py", "src/lib_a/x.py"),
        ("python", "helper", "tools/build/run.py", "tools/build/helper.py"),
        ("python", "app.db.connect", "scripts/go.py", "backend/app/db.py"),
        ("python", "os.path", "pkg/core.py", ""),
        ("typescript", "./app", "web/index.ts", "web/app.tsx"),
        ("javascript", "./util", "web/app.tsx", "web/util/index.js"),
        ("javascript", "../api", "web/util/index.js", "web/api.ts"),
        ("typescript", "./api.js", "web/index.ts", "web/api.ts"),
        ("tsx", "..", "web/util/index.js", "web/index.ts"),
        ("tsx", "@/ui/button", "web/app.tsx", "src/ui/button.tsx"),
        ("javascript", "react", "web/app.tsx", ""),
        ("javascript", "../../../etc/passwd", "web/app.tsx", ""),
        ("go", "example.com/m/srv", "main.go", "srv/http.go srv/tls.go"),
        ("go", "example.com/m", "srv/http.go", "main.go"),
        ("go", "example.com/m/nested/a", "main.go", "nested/a/a.go"),
        ("go", "example.com/many", "main.go", ""),
        ("go", "fmt", "main.go", ""),
        (
            "rust",
            "crate::http::client::Client",
            "crates/one/src/util.rs",
            "crates/one/src/http/client.rs",
        ),
        ("rust", "crate::Top", "crates/one/src/util.rs", "crates/one/src/lib.rs"),
        ("rust", "self::http", "crates/one/src/lib.rs", "crates/one/src/http/mod.rs"),
        ("rust", "self::client", "crates/one/src/http/mod.rs", "crates/one/src/http/client.rs"),
        (
            "rust",
            "super::super::util::*",
            "crates/one/src/http/client.rs",
            "crates/one/src/util.rs",
        ),
        ("rust", "super::Thing", "crates/one/src/http/client.rs", "crates/one/src/http/mod.rs"),
        ("rust", "two_b::net::Conn", "crates/one/src/lib.rs", "crates/two-b/src/net.rs"),
        ("rust", "std::collections::HashMap", "crates/one/src/util.rs", ""),
        (
            "java",
            "com.acme.Store",
            "app/src/main/java/X.java",
            "app/src/main/java/com/acme/Store.java",
        ),
        ("java", "com.acme.Store.help", "X.java", "app/src/main/java/com/acme/Store.java"),
        ("kotlin", "com.acme.Tools", "x.kt", "app/src/main/java/com/acme/Tools.kt"),
        (
            "scala",
            "com.acme._",
            "x.scala",
            "app/src/main/java/com/acme/Store.java app/src/main/java/com/acme/Tools.kt",
        ),
        ("java", "com.dup.D", "X.java", ""),
        ("c", "near.h", "c/main.c", "c/near.h"),
        ("c", "far.h", "c/main.c", "include/far.h"),
        ("cpp", "inside/unique.h", "c/main.c", "deep/inside/unique.h"),
        ("c", "twice.h", "c/main.c", ""),
        ("ruby", "../lib/acme", "spec/help.rb", "lib/acme.rb"),
        ("ruby", "acme/thing", "spec/help.rb", "lib/acme/thing.rb"),
        ("ruby", "other/x", "spec/help.rb", "gem/lib/other/x.rb"),
        ("ruby", "json", "spec/help.rb", ""),
        ("php", "/inc/x.php", "php/index.php", "php/inc/x.php"),
        ("php", "App\\Models\\User", "php/index.php", "php/src/Models/User.php"),
        ("php", "App\\Only", "php/index.php", "php/app/Only.php"),
        ("php", "Vendor\\Http\\Only", "php/index.php", ""),
        ("bash", "./lib/util.sh", "sh/run.sh", "sh/lib/util.sh"),
        ("bash", "$DIR/lib/util.sh", "sh/run.sh", "sh/lib/util.sh"),
        ("bash", '$(dirname "$0")/lib/util.sh', "sh/run.sh", "sh/lib/util.sh"),
        ("bash", "$HERE", "sh/run.sh", ""),
        ("csharp", "Acme.Core", "a.cs", ""),
        ("swift", "Foundation", "a.swift", ""),
        ("", "pkg", "a.txt", ""),
    ],
)
def test_an_import_means(language: str, specifier: str, source: str, expected: str) -> None:
    assert resolve_import(language, specifier, source, PATHS) == tuple(expected.split())


@given(
    st.sampled_from(sorted(RESOLVERS)),
    st.text(st.sampled_from('./:\\*_${}()"ap\0\n')) | st.text(),
    st.sampled_from(FILES),
)
def test_any_text_means_files_that_are_there(language: str, specifier: str, source: str) -> None:
    found = resolve_import(language, specifier, source, PATHS)
    assert set(found) <= set(FILES) - {source}
    assert list(found) == sorted(set(found))
