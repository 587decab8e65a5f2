"""Materials: plain colours chosen so that hands and face stand out from the top and from a light page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Material:
    """A plain glTF material."""

    srgb: str
    """Base colour as on screen, `#rrggbb`."""
    roughness: float = 0.8

    @property
    def linear(self) -> tuple[float, float, float]:
        """Base colour as glTF wants it: linear red, green, blue."""
        red, green, blue = (_to_linear(int(self.srgb[k : k + 2], 16) / 255.0) for k in (1, 3, 5))
        return red, green, blue

    @property
    def luminance(self) -> float:
        """Relative luminance, 0 to 1 (WCAG 2, "relative luminance")."""
        red, green, blue = self.linear
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue


MATERIALS: Final[dict[str, Material]] = {
    "skin": Material("#b47c5b", 0.75),
    "nail": Material("#d9a78d", 0.55),
    "lips": Material("#94503f", 0.7),
    "mouth": Material("#3a1716", 0.9),
    "tongue": Material("#c8737a", 0.6),
    "teeth": Material("#efe9df", 0.6),
    "hair": Material("#2a1d17", 0.9),
    "eye": Material("#f4f2ee", 0.5),
    "iris": Material("#5a3a22", 0.5),
    "pupil": Material("#0d0a09", 0.4),
    "glint": Material("#ffffff", 0.4),
    "top": Material("#2b3440", 0.9),
    "collar": Material("#232b36", 0.9),
    "trousers": Material("#20242b", 0.9),
    "shoes": Material("#15171a", 0.7),
}


def contrast(first: Material, second: Material) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2, "contrast ratio")."""
    light, dark = sorted((first.luminance, second.luminance), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _to_linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # IEC 61966-2-1
