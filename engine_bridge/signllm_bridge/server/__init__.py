"""Sockets and threads: thin shells over `signllm_bridge.session` and `signllm_bridge.generation`."""
