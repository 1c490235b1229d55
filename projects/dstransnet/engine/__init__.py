"""What MMEngine's runner is given: hooks, optimizer wrappers, provenance."""
