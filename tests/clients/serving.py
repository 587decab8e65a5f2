"""The real server as a process of its own, started as a user starts it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serving(source: str, *options: str, port: int = 0) -> Iterator[str]:
    """`signllm serve`, on a free port unless told which; gives the page's address as it prints it."""
    command = [sys.executable, "-m", "signllm.cli", "serve", "--source", source, "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()  # ends with the process, if nothing else
            address = re.search(r"http://\S+", said)
            assert address is not None, f"no address in {said!r}"
            yield address.group() + "/"
        finally:
            process.terminate()
