"""How projects in Ruby, PHP and for the Java virtual machine are installed and tested."""

import re

from runners.onboarding.found import FoundCheck, Part
from runners.onboarding.source_tree import SourceTree, table

_BUNDLE_PATH = 'bundle config set --local path "$BRICKLAYER_SETUP/gems"'
"""In a file of the checkout, which checks have as well: https://bundler.io/man/bundle-config.1.html."""


def detect_ruby(tree: SourceTree) -> Part | None:
    if not tree.has("Gemfile"):
        return None
    return Part(
        language="ruby",
        manager="bundler",
        check=_ruby_check(tree),
        setup=(_BUNDLE_PATH, "bundle install --quiet"),
        commands=("ruby", "bundle"),
    )


def _ruby_check(tree: SourceTree) -> FoundCheck | None:
    if tree.has("bin/rails") and "test" in tree.folders:
        return FoundCheck("bundle exec rails test", "bin/rails", 600)
    specs = any(p.startswith("spec/") and p.endswith("_spec.rb") for p in tree.paths)
    if tree.has(".rspec") or specs:
        return FoundCheck("bundle exec rspec", ".rspec" if tree.has(".rspec") else "spec/", 600)
    rakefile = tree.read("Rakefile")
    if re.search(r"TestTask|task\s*:?\(?:?['\"]?test\b", rakefile):
        # Bundler shows only what the bundle has: https://bundler.io/man/bundle-exec.1.html
        named = (
            "Gemfile",
            "Gemfile.lock",
            *(p for p in tree.paths if re.fullmatch(r"[^/]+\.gemspec", p)),
        )
        bundled = any(re.search(r"\brake\b", tree.read(path)) for path in named)
        return FoundCheck("bundle exec rake test" if bundled else "rake test", "Rakefile", 600)
    if any(p.startswith("test/") and p.endswith(".rb") for p in tree.paths):
        each = 'Dir["./test/**/*_test.rb"].each { |file| require file }'
        return FoundCheck(f"bundle exec ruby -Ilib -Itest -e '{each}'", "test/", 600)
    return None


def detect_php(tree: SourceTree) -> Part | None:
    if not tree.has("composer.json"):
        return None
    package = tree.read_json("composer.json")
    used = {**table(package, "require"), **table(package, "require-dev")}
    setup = ["composer install --no-interaction --no-progress --quiet"]
    check = _php_check(tree, used, table(package, "scripts").get("test"))
    if check and "simple-phpunit" in check.run:
        # It fetches PHPUnit itself: https://symfony.com/doc/current/components/phpunit_bridge.html
        setup.append("vendor/bin/simple-phpunit install")
    return Part(
        language="php",
        manager="composer",
        check=check,
        setup=tuple(setup),
        commands=("php", "composer"),
    )


def _php_check(tree: SourceTree, used: dict[str, object], script: object) -> FoundCheck | None:
    for package, command in (
        ("pestphp/pest", "vendor/bin/pest"),
        ("symfony/phpunit-bridge", "vendor/bin/simple-phpunit"),
        ("phpunit/phpunit", "vendor/bin/phpunit"),
    ):
        is_chosen = command.endswith("phpunit") or tree.has("phpunit.xml", "phpunit.xml.dist")
        if package in used and (is_chosen or not script):
            return FoundCheck(command, f"{package} in composer.json", 600)
    if script:
        return FoundCheck("composer test", '"test" in composer.json', 600)
    if path := tree.first("phpunit.xml", "phpunit.xml.dist"):
        return FoundCheck("vendor/bin/phpunit", path, 600)
    return None


def detect_java(tree: SourceTree) -> Part | None:
    if tree.has("pom.xml"):
        return _maven(tree)
    if tree.has("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"):
        return _gradle(tree)
    return None


def _maven(tree: SourceTree) -> Part:
    """Which provider runs the tests is found out, and fetched, only when they run.

    https://maven.apache.org/surefire/maven-surefire-plugin/examples/providers.html
    """
    own = tree.has("mvnw")
    call = "sh mvnw" if own else "mvn"
    return Part(
        language="java",
        manager="maven",
        check=FoundCheck(f"{call} -B -q -o test", "pom.xml", 1200),
        setup=(f"{call} -B -q -Dmaven.test.failure.ignore=true test",),
        commands=("java",) if own else ("mvn", "java"),
    )


def _gradle(tree: SourceTree) -> Part:
    own = tree.has("gradlew")
    call = "sh gradlew --no-daemon" if own else "gradle --no-daemon"
    return Part(
        language="java",
        manager="gradle",
        check=FoundCheck(f"{call} --offline test", "build.gradle", 1200),
        # A filter that no test fits has all that the tests need fetched, and runs none:
        # https://docs.gradle.org/current/userguide/java_testing.html#test_filtering
        setup=(f"{call} --quiet --continue test --tests bricklayer.NoSuchTest || true",),
        commands=("java",) if own else ("gradle", "java"),
        writable=("~/.gradle",),
    )
