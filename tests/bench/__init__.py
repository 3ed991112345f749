"""Benchmarks: ours against its peers on generated cities, in one run; docs/benchmarks.md."""
