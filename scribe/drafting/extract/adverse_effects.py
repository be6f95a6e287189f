"""What a medicine did in the past that is no allergy: "감기약 먹고 심장이 뛴 적 있어요"."""

import re
from collections.abc import Iterable

from scribe.drafting.assertion import Person, whose
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.allergy_words import reaction
from scribe.drafting.extract.dosing import drug_mentions, medicine_name
from scribe.drafting.extract.past import Told
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention

_TAKEN = re.compile(
    r"[가-힣]*\s?(?:[가-힣]+\s){0,2}?"
    r"(?:먹|드시|맞|쓰|바르|복용하|붙이)(?:고|다가|었는데|았는데|은 뒤|으니까|면서|고 나서|었더니)"
)
_IN_THE_PAST = re.compile(
    r"적(?:은|이|도)?\s?(?:한 번\s)?있|끊었|바꿨|바꾸었|못 먹|그만|중단|관뒀|안 먹(?:게|었)|혼났|고생했|예전|"
    r"옛날|전에|작년"
)
_NO_EFFECT = re.compile(r"없|안 (?:나|났|그랬)|괜찮|좋아졌|나았|나아|가라앉|덜")


def adverse_effects(dialogue: Dialogue) -> list[Told]:
    """Only symptoms that followed a medicine in the past; allergic reactions are allergies."""
    found: list[Told] = []
    for turn in dialogue.turns:
        if turn.is_patient_side:
            found += _in_turn(dialogue, turn)
    return found


def _in_turn(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    medicines: list[Mention] = [*drug_mentions(turn), *(m for m in turn.of(Table.DRUG_CLASSES) if not m.nested)]
    for symptom in turn.of(Table.SYMPTOMS):
        sentence = turn.sentence_of(turn.clause_at(symptom.start))
        start, end = sentence[0].start, sentence[-1].end
        words = turn.text[start:end]
        before = [m for m in medicines if start <= m.start and m.end <= symptom.start]
        if symptom.nested or symptom.negated or not before or words.rstrip().endswith("?"):
            continue
        medicine = before[-1]
        follows = _TAKEN.match(turn.text, medicine.end, symptom.start + 1)
        after = turn.text[symptom.end : end]
        if (
            not follows
            or not _IN_THE_PAST.search(words)
            or _NO_EFFECT.search(after)
            or reaction(after + symptom.surface)
        ):
            continue
        if whose(dialogue, turn, symptom.start).person is Person.PATIENT:
            name = medicine_name(medicine) if medicine.table is Table.MEDICINES else medicine.surface
            text = re.sub(r"\s+", " ", words).strip(" .,")
            yield Told(f"{name} 복용 후 {symptom.row.term}", "medical", "present", text, (turn.evidence(start, end),))
            return
