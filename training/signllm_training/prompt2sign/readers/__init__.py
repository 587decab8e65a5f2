"""One reader per kind of source: a path in, samples as their source saw them out."""
