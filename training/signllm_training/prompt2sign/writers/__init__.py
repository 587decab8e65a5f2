"""Writers, one module per format: each the inverse of the reader of the same name."""
