"""A sign in words: the primitives that it is made of, and everything its entry says, for people who check it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from signllm.lexicon.phonology import MOVEMENTS, Posture, Sign, Step, merge


def primitives(sign: Sign) -> tuple[str, ...]:
    """The movement primitives of a sign in their order, each with its numbers; `hold` alone for one that is held."""
    found: list[str] = []
    posture = sign.start
    for step in sign.steps:
        found += _of_step(step, posture)
        posture = merge(posture, step.to)
    return tuple(found) or ("hold",)


def describe(sign: Sign) -> str:
    """Everything that the entry says, a line for each thing."""
    lines = [f"{sign.name}  ({sign.hands}, {sign.review})"]
    lines += [f"  {part}: {', '.join(words)}" for part, words in sign.english.items()]
    lines += [f"  sense: {sign.sense}"] if sign.sense else []
    lines.append(f"  begins: {_posture(sign.start)}")
    lines += [f"  other hand: {_posture(sign.other)}"] if sign.other else []
    lines += [f"  then: {', '.join(_of_step(step, None)) or 'stays'}  ({step.ms:g} ms)" for step in sign.steps]
    lines += [f"  face: {', '.join(sign.face)}"] if sign.face else []
    lines += [f"  mouthing: {sign.mouthing}"] if sign.mouthing else []
    lines += [f"  provenance: {sign.provenance}"] if sign.provenance else []
    return "\n".join(lines)


def _of_step(step: Step, before: Posture | None) -> list[str]:
    """Primitives of one step; without the posture before it, changes are told without where they start."""
    found = list(_path(step))
    if step.to.shape:
        late = f" after {step.shape_after:.0%}" if step.shape_after else ""
        found.append(f"handshape {before.shape if before else '...'} > {step.to.shape}{late}")
    if step.to.palm or step.to.fingers:
        found.append(f"turn to palm {step.to.palm or 'as it was'}, fingers {step.to.fingers or 'as they were'}")
    found += [f"{name} {_numbers(overlay)}" for name, overlay in _overlays(step)]
    if step.other != Posture():
        found.append(f"other hand: {_posture(step.other)}")
    if step.other_moves is not None:
        found += [f"other hand: {name} {_numbers(overlay)}" for name, overlay in _overlays(step.other_moves)]
    return found or [f"hold {step.ms:g} ms"]


def _overlays(step: Step) -> list[tuple[str, Any]]:
    return [(name, overlay) for name in MOVEMENTS if (overlay := getattr(step, name)) is not None]


def _path(step: Step) -> Iterator[str]:
    to = step.to
    if to.at is None and to.offset is None and to.part is None:
        return
    kind = "line" if step.bulge is None else f"arc bowing {step.bulge} by {step.height:g}"
    goal = " ".join(filter(None, (to.at, _offset(to), f"with {to.part}" if to.part else "")))
    both = ", both hands" if step.both else ""
    yield f"{kind} to {goal or 'the place itself'}{', touching' if to.touch else ''}{both}"


def _posture(posture: Posture | None) -> str:
    if posture is None:
        return ""
    touching = {True: "touching", False: "not touching", None: ""}[posture.touch]
    parts = (
        posture.shape,
        f"palm {posture.palm}" if posture.palm else "",
        f"fingers {posture.fingers}" if posture.fingers else "",
        f"at {posture.at}" if posture.at else "",
        "back at the place itself" if posture.offset == {} and not posture.at else _offset(posture),
        f"with {posture.part}" if posture.part else "",
        touching,
    )
    return ", ".join(part for part in parts if part)


def _offset(posture: Posture) -> str:
    return " ".join(f"{letters} {metres:g} m" for letters, metres in (posture.offset or {}).items())


def _numbers(overlay: Any) -> str:
    values = {f.name: getattr(overlay, f.name) for f in dataclasses.fields(overlay)}
    return ", ".join(f"{name} {value}" for name, value in values.items() if value not in (None, False))
