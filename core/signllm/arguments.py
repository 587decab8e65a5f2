"""The argument parser that all subcommands share."""

from __future__ import annotations

import argparse
from typing import NoReturn


class CommandParser(argparse.ArgumentParser):
    """Parser of one subcommand: examples below its help, and one sentence for what cannot be used."""

    def __init__(self, command: str, description: str, examples: str) -> None:
        """Make the parser of `signllm COMMAND`; `examples` are printed as they are."""
        super().__init__(
            prog=f"signllm {command}",
            description=description,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        """End with exit code 2: the usage block of argparse would bury the sentence."""
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` lists what there is\n")
