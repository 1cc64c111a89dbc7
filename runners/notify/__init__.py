"""Messages to people: what they are told, by which channel, once and until it has arrived."""
