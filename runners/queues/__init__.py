"""Who runs what: queues of work in the shared database, and the workers that take from them."""
