"""Contact sheets: pictures with captions, set into blocks, and blocks set onto pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from signllm_bridge.avatar.picture import Picture

_PAPER, _CARD, _INK, _GREY = (255, 255, 255), (246, 247, 248), (20, 24, 28), (96, 104, 112)
_GAP: Final = 6
"""Pixels between pictures and around them."""
_TITLE, _CAPTION = 17, 12
"""Letter heights in pixels."""


@dataclass(frozen=True, eq=False)
class Cell:
    """A picture and what is written under it."""

    picture: Picture
    caption: str


@dataclass(frozen=True, eq=False)
class Block:
    """What belongs together: a sign and the pictures of it; cells of one row are not torn apart."""

    title: str
    rows: Sequence[Sequence[Cell]]
    note: str = ""


def block_image(block: Block, width: int) -> Image.Image:
    """One block, at most `width` wide unless a single row is wider: rows stand beside one another while they fit."""
    lines: list[list[Cell]] = []
    for row in block.rows:
        if lines and _row_width([*lines[-1], *row]) <= width:
            lines[-1] += row
        else:
            lines.append(list(row))
    title_width = int(_font(_TITLE).getlength(block.title) + 12 + _font(_CAPTION).getlength(block.note)) + 2 * _GAP
    total = min(max(width, 1), title_width)
    total = max([total, *(_row_width(line) for line in lines)])
    heights = [max(cell.picture.shape[0] for cell in line) + _CAPTION + 2 * _GAP for line in lines]
    image = Image.new("RGB", (total, _TITLE + 3 * _GAP + sum(heights)), _CARD)
    draw = ImageDraw.Draw(image)
    draw.text((_GAP, _GAP - 2), block.title, fill=_INK, font=_font(_TITLE))
    note_at = int(_GAP + _font(_TITLE).getlength(block.title) + 12)
    draw.text((note_at, _GAP + 2), block.note, fill=_GREY, font=_font(_CAPTION))
    y = _TITLE + 2 * _GAP
    for line, height in zip(lines, heights, strict=True):
        x = _GAP
        for cell in line:
            image.paste(Image.fromarray(np.ascontiguousarray(cell.picture)), (x, y))
            draw.text((x, y + cell.picture.shape[0]), cell.caption, fill=_GREY, font=_font(_CAPTION))
            x += cell.picture.shape[1] + _GAP
        y += height
    return image


def pages(blocks: Sequence[Block], *, width: int, most: int) -> Iterator[Image.Image]:
    """Pages of `width` pixels with at most `most` blocks each, set from the left to the right, row after row."""
    for first in range(0, len(blocks), most):
        yield _page([block_image(block, width - 2 * _GAP) for block in blocks[first : first + most]], width)


def _page(images: Sequence[Image.Image], width: int) -> Image.Image:
    places, x, y, height = [], _GAP, _GAP, 0
    for image in images:
        if x > _GAP and x + image.width + _GAP > width:
            x, y, height = _GAP, y + height + _GAP, 0
        places.append((x, y))
        x, height = x + image.width + _GAP, max(height, image.height)
    right = max([width, *(x + image.width + _GAP for (x, _), image in zip(places, images, strict=True))])
    page = Image.new("RGB", (right, y + height + _GAP), _PAPER)
    for place, image in zip(places, images, strict=True):
        page.paste(image, place)
    return page


def _row_width(cells: Sequence[Cell]) -> int:
    return _GAP + sum(int(cell.picture.shape[1]) + _GAP for cell in cells)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
