"""Which files of the repository an import means, a language a module."""
