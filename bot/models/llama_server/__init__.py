"""`llama-server:/path.gguf`: a llama-server that Bricklayer starts, shares and ends by itself."""
