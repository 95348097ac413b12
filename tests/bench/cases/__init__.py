"""The cases, by name. Each is a function (apps, runs) -> result (outcome.py)."""
