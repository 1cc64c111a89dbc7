"""`GET /metrics`: what a server and its database know, in numbers, as Prometheus reads them."""
