"""Handling text from outside: finding hidden parts, escaping Markdown, and redacting secrets."""
