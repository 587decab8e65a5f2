"""The Priority Learning Channel: which sequences training draws, how it weighs them and which batches it passes over.

`presets` is the configuration, `channel` joins the parts; formulas and their sources are in docs/priority.md.
"""
