from bot.code import Symbol, outline_file


def test_a_markdown_file_has_its_headings_outside_code() -> None:
    body = b"# Top #\n\ntext\n```\n# no\n```\n## Use *it*\nmore\n"
    assert outline_file("README.md", body).symbols == (
        Symbol("Top", "heading", 1, 6, "Top"),
        Symbol("Use *it*", "heading", 7, 8, "Use *it*"),
    )


def test_a_title_in_rst_has_a_rule_below_as_long_as_itself() -> None:
    body = b"=====\nTitle\n=====\n\nSub\n---\n\nshort rule\n----\n\nx\n"
    assert [(each.name, each.first) for each in outline_file("a.rst", body).symbols] == [
        ("Title", 2),
        ("Sub", 5),
    ]


def test_data_has_no_headings() -> None:
    assert outline_file("a.json", b"# x\n").symbols == ()
