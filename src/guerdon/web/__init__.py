"""What all surfaces share of HTTP: it knows no vendor and no ledger."""
