"""Licences by name, and what must be said when something is learnt from data under them."""

from __future__ import annotations

from typing import Final

from signllm_training.prompt2sign.sample import UNKNOWN_LICENCE, Licence

COMMERCIAL: Final = frozenset(
    {
        *("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0"),
        *("CC0-1.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0", "ISC", "MIT", "ODC-By-1.0", "PDDL-1.0", "Unlicense"),
    }
)
"""SPDX identifiers of licences that allow commercial use; none other is taken to."""


def licence_named(name: str, consent: str = "") -> Licence:
    """The licence of an SPDX identifier or of a corpus's own name for it; unknown when nothing is said."""
    if not name.strip() or name.strip().lower() == UNKNOWN_LICENCE.name:
        return Licence(UNKNOWN_LICENCE.name, consent=consent)
    spdx = {known.lower(): known for known in COMMERCIAL}.get(name.strip().lower().replace(" ", "-"))
    return Licence(spdx or name.strip(), commercial=spdx is not None, consent=consent)


def notice(corpus: str, licence: Licence, clips: int) -> str:
    """The sentence that must be printed when something is learnt from these clips; empty when there is none."""
    if licence.commercial:
        return ""
    share = f"{corpus or 'a corpus without a name'}: {clips} {'clip' if clips == 1 else 'clips'}"
    consent = f"; the signers agreed to: {licence.consent}" if licence.consent else ""
    if licence.name == UNKNOWN_LICENCE.name:
        return f"{share} without a stated licence: ask whose they are before you share what is trained on them{consent}"
    return f"{share} under {licence.name}: not for commercial use, and neither is what is trained on them{consent}"
