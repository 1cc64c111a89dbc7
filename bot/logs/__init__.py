"""What a server and its workers write to their log: a line each, in text or JSON, with its ids."""
