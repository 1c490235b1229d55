"""Parts of MMEngine's runner: hooks, optimizer wrappers, provenance."""
