"""Signs as data, and the synthesiser that turns them into motion. NumPy alone."""
