"""Joint tables, data only, each with its source."""
