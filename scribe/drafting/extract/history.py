"""Past, family and social history: diseases and habits that the patient tells of or is asked for."""

from dataclasses import replace

from scribe.domain.entries import History
from scribe.drafting.dialogue import Dialogue
from scribe.drafting.extract.adverse_effects import adverse_effects
from scribe.drafting.extract.asked_history import asked_histories, drugs_denied, occupation
from scribe.drafting.extract.births import births
from scribe.drafting.extract.exposures import exposures
from scribe.drafting.extract.habits import habits
from scribe.drafting.extract.implied_history import implied_histories
from scribe.drafting.extract.occupations import told_occupations
from scribe.drafting.extract.operations import told_operations
from scribe.drafting.extract.past import Told
from scribe.drafting.extract.records import recorded_histories
from scribe.drafting.extract.spoken_diseases import spoken_diseases
from scribe.drafting.extract.told_history import told_histories


def histories(dialogue: Dialogue) -> list[History]:
    """One entry for each name and category; what was told outright outranks a yes or no."""
    told = [
        *told_histories(dialogue),
        *asked_histories(dialogue),
        *told_operations(dialogue),
        *spoken_diseases(dialogue),
        *recorded_histories(dialogue),
        *habits(dialogue),
        *implied_histories(dialogue),
        *drugs_denied(dialogue),
        *adverse_effects(dialogue),
        *exposures(dialogue),
        *births(dialogue),
    ]
    work = told_occupations(dialogue)
    if work or not any(item.name.startswith("직업") for item in told):
        told = [item for item in told if not item.name.startswith("직업")] + (work or occupation(dialogue))
    found: dict[tuple[str, str], Told] = {}
    for item in told:
        key = (item.name.partition("(")[0], "family" if item.category == "family" else "own")
        known = found.get(key)
        if known is None:
            found[key] = item
            continue
        keeps = _better(known, item)
        evidence = tuple(dict.fromkeys((*known.evidence, *item.evidence)))
        detail = keeps.detail or (item.detail if item.status == keeps.status else None)
        found[key] = replace(keeps, evidence=evidence, detail=detail)
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


def _better(known: Told, item: Told) -> Told:
    """Told outright before answered; among relatives and habits, what there is before what there is not."""
    if known.category == "family" and known.status != item.status:
        return known if known.status == "present" else item
    if known.is_explicit != item.is_explicit:
        return known if known.is_explicit else item
    return item if known.category == "social" and (known.status, item.status) == ("absent", "present") else known
