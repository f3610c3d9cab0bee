"""Benchmarks: each a command (`python -m bench.p1_meetup_page`) that prints one JSON line. See docs/performance.md."""
