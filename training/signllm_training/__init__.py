"""Corpora, trainer and evaluation for SignLLM."""
