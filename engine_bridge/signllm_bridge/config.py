"""Settings of the bridge: frozen, validated, with defaults that serve one machine."""

from __future__ import annotations

from dataclasses import dataclass, field

from signllm_bridge.errors import SettingError


@dataclass(frozen=True)
class SessionLimits:
    """What one connection may ask for, and how far ahead of time it is served."""

    max_text_length: int = 2000
    """Characters of a text or of a gloss line."""
    max_waiting: int = 8
    """Utterances that wait while another one is signed."""
    max_bad_messages: int = 8
    """Messages in a row that cannot be read, after which the connection is closed."""
    lead_frames: int = 4
    """Frames sent ahead of their presentation time; 4 are 160 ms, which hides the jitter of a home network."""
    max_reports: int = 100
    """Wrong signs that one connection may report."""
    default_language: str = "asl"
    """What an empty `Speak.language` means."""

    def __post_init__(self) -> None:
        """Reject limits under which nothing can be signed.

        Raises:
            SettingError: A limit is below 1.
        """
        for name in ("max_text_length", "max_waiting", "max_bad_messages", "lead_frames", "max_reports"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} is {getattr(self, name)}: it must be at least 1")


@dataclass(frozen=True)
class BridgeConfig:
    """The server as a whole."""

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 lets other machines in."""
    port: int = 8765
    """TCP port; 0 takes a free one."""
    max_connections: int = 16
    """Clients at a time; each one that signs takes a thread."""
    allowed_origins: tuple[str, ...] = ()
    """Web origins that may connect besides pages of this machine: `https://example.org`, or `null` for local files."""
    broadcast_source: str = "lexicon"
    """Source that overlays, channels and engine clients ask for unless told otherwise: the one with the lower sign
    error rate on everyday sentences (docs/results/quality.md, set B); the first one served where it is not."""
    limits: SessionLimits = field(default_factory=SessionLimits)

    def __post_init__(self) -> None:
        """Reject what cannot be listened on.

        Raises:
            SettingError: The port is no port, or no client could connect.
        """
        if not 0 <= self.port <= 65535:
            raise SettingError(f"port {self.port} does not exist: choose 1 to 65535, or 0 for a free one")
        if self.max_connections < 1:
            raise SettingError(f"max_connections is {self.max_connections}: it must be at least 1")
