"""Ledgers of letters to strangers as tests need them (hosts.hooks)."""

from django.core.cache import cache


def never(email: str, *, kind: str) -> bool:
    return False


def once(email: str, *, kind: str) -> bool:
    """Say yes the first time (the tests empty the cache)."""
    return cache.add(f"test-ledger:{kind}:{email}", 1)
