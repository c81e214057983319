"""The rules of loyalty: pure values and decisions, no I/O and no clock."""
