"""What s2dl does, as coroutines for the engine's loop.

`s2dl.api` makes plain functions of them, `s2dl.aio` coroutines that work on any loop.
"""
