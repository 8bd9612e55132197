"""The way to the service: HTTP, account, tokens."""
