"""The trained model: gloss tokens in, frames out one by one. torch is imported by its modules, not here."""
