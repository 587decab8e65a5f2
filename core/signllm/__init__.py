"""SignLLM: text in, 3D sign-language motion out, frame by frame.

Importing this package loads nothing heavy; torch is imported by `signllm.model` alone.
"""

__version__ = "0.1.0"
