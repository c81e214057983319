"""Benchmarks: what one server does on this machine, each figure checked against the tables."""
