"""Results of evaluations: records, files, comparison tables."""
