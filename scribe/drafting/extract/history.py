"""Past, family and social history: diseases and habits that the patient tells of or is asked for."""

from dataclasses import replace

from scribe.domain.entries import History
from scribe.drafting.dialogue import Dialogue
from scribe.drafting.extract.asked_history import asked_histories, drugs_denied, occupation
from scribe.drafting.extract.implied_history import implied_histories
from scribe.drafting.extract.past import Told
from scribe.drafting.extract.told_history import told_histories


def histories(dialogue: Dialogue) -> list[History]:
    """One entry for each name and category; what was told outright outranks a yes or no."""
    told = [
        *told_histories(dialogue),
        *asked_histories(dialogue),
        *implied_histories(dialogue),
        *drugs_denied(dialogue),
    ]
    if not any(item.name.startswith("직업") for item in told):
        told += occupation(dialogue)
    found: dict[tuple[str, str], Told] = {}
    for item in told:
        key = (item.name.partition("(")[0], "family" if item.category == "family" else "own")
        known = found.get(key)
        if known is None:
            found[key] = item
            continue
        keeps = known if known.is_explicit or not item.is_explicit else item
        evidence = tuple(dict.fromkeys((*known.evidence, *item.evidence)))
        found[key] = replace(keeps, evidence=evidence, detail=keeps.detail or item.detail)
    return [
        History(
            id="",
            name=item.name,
            category=item.category,
            status=item.status,
            detail=item.detail,
            evidence=item.evidence,
            confidence=0.9 if item.is_explicit else 0.8,
        )
        for item in found.values()
    ]
