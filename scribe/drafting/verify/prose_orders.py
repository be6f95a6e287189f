"""What a statement without evidence says is done with a drug, a test or a procedure: as it was ordered, or rejected."""

import re
from collections.abc import Iterator, Set

from scribe.domain.entries import Entry, MedicationOrder, MedicationStatement, Procedure, TestOrder
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention
from scribe.drafting.verify import claims
from scribe.drafting.verify.claim import fold
from scribe.drafting.verify.parts import Part
from scribe.drafting.verify.polarity import mentions, sentences
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason

_ACTIONS = (
    ("stop", re.compile(r"중단|중지|끊음|d/c|D/C|금지")),
    ("change", re.compile(r"증량|감량|변경|교체")),
    ("continue", re.compile(r"유지|지속|계속|그대로")),
    ("start", re.compile(r"시작|추가|처방|투여(?!하지)|새로|필요함|필요 ?있|시행")),
)
_REFUSED = re.compile(r"않|없이|없음|불필요|필요 ?없|금지|안 함|보류|피하|제외|금기|미시행|중복|병용|함께")
_PAST = re.compile(r"과거|예전|년 전|이전|전에|당시|후 중단|부작용|알레르기|과민")
_PLANNED = re.compile(r"처방|투여|시행|필요함|필요 ?있|시작|추가|예정|촬영|\d\s?(?:mg|g|mL|정|포)|1일")
_UP, _DOWN = re.compile(r"증량|올림"), re.compile(r"감량|줄임")
_SAID_UP = re.compile(r"올리|올려|올릴|늘리|늘려|늘릴|증량|높이|높여|더 드|두 알로|추가")
_SAID_DOWN = re.compile(r"줄이|줄여|줄일|감량|낮추|낮춰|내리|내려|반으로|반 알")
_NAMES = {"start": "시작", "continue": "유지", "change": "변경", "stop": "중단·안 씀"}
_DRUGS = (Table.MEDICINES, Table.DRUG_CLASSES)
_ORDERED = (*_DRUGS, Table.TESTS, Table.PROCEDURES)
_NAMED_ROUTE = re.compile(r"정맥|정주|근육|근주|피하|설하|경구|흡입|점안|도포")


def prose_orders_agree(claim: ProseClaim) -> Iterator[Reason]:
    """An order does with the drug what was said; what was rejected is no order."""
    for part in claim.parts:
        ordered = [m for m in part.mentions if m.table in _ORDERED and not m.nested]
        if not ordered and not part.is_condition:
            yield from _of_drug_before(claim, part)
        for mention in ordered if not part.is_condition else ():
            clause = _own_words(part, ordered, mention)
            yield from _rejected(claim, part, mention, clause)
            if mention.table in _DRUGS:
                yield from _acted(claim, mention, clause)


def _of_drug_before(claim: ProseClaim, part: Part) -> Iterator[Reason]:
    """What a part without a drug ("(복약 중단)", "10 mg으로 증량") says of the last one before it."""
    drugs = [m for m in claim.mentions if m.table in _DRUGS and not m.nested and m.end <= part.start]
    others = [m for m in part.mentions if m.table in (Table.SYMPTOMS, Table.ADVICE) and not m.nested]
    if (
        drugs
        and not others
        and re.search(r"복약|복용|투여|\d\s?(?:mg|g|mL|정|단위)|^\s*(?:증량|감량|중단|유지)", part.text)
    ):
        yield from _acted(claim, drugs[-1], part.text)


def _own_words(part: Part, ordered: list[Mention], mention: Mention) -> str:
    """What the part says of a drug: up to the next one, the last of a list speaking for those before."""
    later = [m.start for m in ordered if m.start > mention.end]
    own = part.text[mention.end : later[0] if later else len(part.text)]
    return own if len(own.strip(" ,·")) > 2 else part.text[mention.end :]


def _rejected(claim: ProseClaim, part: Part, mention: Mention, words: str) -> Iterator[Reason]:
    """Stated as a plan, but only mentioned, weighed or refused; or refused, but ordered."""
    if _PAST.search(part.text):
        return
    entries = [entry for entry in claim.consultation.entries if _names(entry, mention)]
    orders = [entry for entry in entries if isinstance(entry, MedicationOrder | TestOrder | Procedure)]
    kept = [e for e in orders if not isinstance(e, MedicationOrder) or e.action != "stop"]
    taken = [entry for entry in entries if isinstance(entry, MedicationStatement)]
    refused = bool(_REFUSED.search(words))
    if refused or part.asserts(mention.end, mention.start) != "present":
        sure = re.search(r"(?:처방|투여|사용|복용)하지 않|쓰지 않|필요 ?없|불필요", words)
        if sure and kept and not taken and not _is_refused_in_words(claim, mention):
            yield Reason(Check.ACTION, f"‘{mention.surface}’ 안 씀", "처방함", "처방")
        return
    dropped = [one for one in claim.consultation.reading.rejected if _same_name(one.name, mention)]
    stopped = [e for e in orders if isinstance(e, MedicationOrder) and e.action == "stop"]
    if kept or taken:
        return
    if claim.is_family_history or not _PLANNED.search(part.text):
        return
    if stopped and re.search(r"중단|중지|끊", words):
        return
    is_sure = bool(stopped) or any(one.reason == "negated" for one in dropped)
    if _is_only_refused(claim, mention, at_once=not is_sure and not dropped):
        is_drug = mention.table in _DRUGS
        yield Reason(
            Check.ACTION,
            f"‘{mention.surface}’ 처방" if is_drug else f"‘{mention.surface}’ 시행",
            "하지 않기로 함",
            "처방",
        )


def _names(entry: Entry, mention: Mention) -> bool:
    return _same_name(entry.name, mention)


def _same_name(name: str, mention: Mention) -> bool:
    folded = fold(name)
    if fold(mention.surface) == folded or fold(mention.row.term) == folded:
        return True
    return any(m.row.term == mention.row.term for m in mentions(name) if not m.nested)


def _said_of(claim: ProseClaim, mention: Mention) -> list[str]:
    """The sentences in which the clinician spoke of it, from its name on; with the next one where it says nothing."""
    found = []
    for place in claim.places(mention):
        turn = claim.consultation.turns[place.turn]
        if turn.role not in ("clinician", "nurse") or place.is_asked:
            continue
        rest = turn.text[place.start :]
        first, second = ([one.text for one in sentences(rest)] + ["", ""])[:2]
        found.append(first if claims.said_actions(first) else first + second)
    return found


_REFUSES = re.compile(
    r"안 (?:쓰|써|줄|주|할|해|하|합|한|드|먹|맞|놓|찍)|필요(?:는|가|도)?\s?(?:없|까지)|않|말[고자]|마시|마세|빼고|뺄게"
    r"|그만|끊|중단|보류|다음에|나중에|미루|아직"
)


def _is_only_refused(claim: ProseClaim, mention: Mention, *, at_once: bool) -> bool:
    """Whether the clinicians only ever refused it: right behind its name, unless the reading knows it as refused."""
    said = [text[:_AT_ONCE] if at_once else text for text in _said_of(claim, mention)]
    return bool(said) and all(_REFUSES.search(text) or _WEIGHED.search(text) for text in said)


_AT_ONCE = 32  # characters from the start of a drug's name to its refusal
_WEIGHED = re.compile(r"[까려]\s?(?:했|하다|생각)|려다|혹시|만약|면 그때")


def _is_refused_in_words(claim: ProseClaim, mention: Mention) -> bool:
    return any(_REFUSES.search(text) for text in _said_of(claim, mention))


def _acted(claim: ProseClaim, mention: Mention, words: str) -> Iterator[Reason]:
    action = next((name for name, pattern in _ACTIONS if pattern.search(words)), None)
    if action in ("start", "continue") and re.search(_AGO, words) and _was_only_stopped(claim, mention, is_past=True):
        yield Reason(Check.ACTION, f"‘{mention.surface}’ {_NAMES[action]}", "끊음", "처방")
        return
    if (
        action is None
        or re.search(r"중복|병용|함께|같이|(?<!식)후 |지난|작년|전에|무렵|에서 (?:감량|증량)", words)
        or re.search(r"(?:중단|시작|변경|증량|감량)(?:하지|은 하지|하지는) 않", words)
    ):
        return
    read = {
        entry.action
        for entry in claim.consultation.entries
        if isinstance(entry, MedicationOrder) and _names(entry, mention)
    }
    if action == "change" and _turned(words, _around(claim, mention)):
        yield Reason(Check.ACTION, f"‘{mention.surface}’ {words.strip(' .,')}", "반대 방향", "처방")
    elif action == "stop" and "change" in read and _NEAR_STOP.search(_around(claim, mention)):
        return  # held for a while: "내일까지 쉬고 모레부터 줄여서"
    elif read and action not in read and not _close(action, read) and not (action == "continue" and "stop" not in read):
        instead = "·".join(_NAMES[one] for one in sorted(read))
        yield Reason(Check.ACTION, f"‘{mention.surface}’ {_NAMES[action]}", instead, "처방")
    elif not read and action in ("start", "continue") and _was_only_stopped(claim, mention):
        yield Reason(Check.ACTION, f"‘{mention.surface}’ {_NAMES[action]}", "끊음", "처방")
    elif not read and action == "stop" and _was_only_kept(claim, mention):
        yield Reason(Check.ACTION, f"‘{mention.surface}’ 중단", "유지", "처방")
    elif not read and action == "stop" and not _NEAR_STOP.search(_around(claim, mention)):
        yield Reason(Check.ACTION, f"‘{mention.surface}’ 중단", "중단한다는 말 없음", "처방")
    elif not read and action == "change" and not _NEAR_CHANGE.search(_around(claim, mention)):
        yield Reason(Check.ACTION, f"‘{mention.surface}’ 변경", "변경한다는 말 없음", "처방")


_AGO = r"지난|작년|재작년|올해|(?<!식)전에?(?![가-힣])|년에|월에|먹다가|복용하다|쓰다가"


def _close(action: str, read: Set[str]) -> bool:
    """Adding and changing, or changing and going on with a new dose, are told alike."""
    return (action == "start" and bool(read & {"change"})) or (action == "change" and bool(read & {"start"}))


def _turned(words: str, said: str) -> bool:
    up, down = bool(_SAID_UP.search(said)), bool(_SAID_DOWN.search(said))
    return bool((_UP.search(words) and down and not up) or (_DOWN.search(words) and up and not down))


def _was_only_stopped(claim: ProseClaim, mention: Mention, *, is_past: bool = False) -> bool:
    """Whether every sentence that names the drug and says what is done with it says that it was stopped.

    A drug of the past was also stopped where the patient says that it is not taken, in an answer too.
    """
    stops = r"끊|중단|그만|빼|지 ?마[시세]|먹지 말|금지|안 [돼되됩]" + (r"|안 (?:먹|써|쓰|드|맞|넣)" if is_past else "")
    found = []
    for place in claim.places(mention):
        turn = claim.consultation.turns[place.turn]
        sentence = turn.text[place.start :].split(".")[0]
        if place.is_asked and is_past and place.turn + 1 < len(claim.consultation.turns):
            sentence = claim.consultation.turns[place.turn + 1].text
        elif place.is_asked:
            continue
        if re.search(rf"{stops}|시작|계속|그대로|유지|드릴|처방", sentence):
            found.append(sentence)
    return bool(found) and not any(re.search(r"시작|계속|그대로|유지|드릴|처방", sentence) for sentence in found)


def _was_only_kept(claim: ProseClaim, mention: Mention) -> bool:
    """Whether the clinicians said of the drug that it goes on, and nowhere that it stops."""
    said = _said_of(claim, mention)
    goes_on = any(re.search(r"그대로|계속|유지|이어서", text) for text in said)
    return goes_on and not any(_NEAR_STOP.search(text) for text in said)


_NEAR_STOP = re.compile(
    r"끊|그만|중단|안 (?:먹|써|쓰|드|맞|넣|뿌)|못 (?:먹|드|맞)|떨어[졌져]|빼|쉬[어었고]|멈|말[고아]|마시|마세"
    r"|없어서|안 [돼되]|절대|금지|피하|피해"
)
_NEAR_CHANGE = re.compile(
    r"올[리려릴렸]|늘[리려릴렸]|줄[이여일였]|낮[추춰]|내[리려릴렸]|바꾸|바꿔|바꿀|바꿨|변경|증량|감량|로 갈|반으로|배로"
)


def _around(claim: ProseClaim, mention: Mention) -> str:
    """What was said in the turns that name the drug and the two after each."""
    near = {turn + by for turn in claim.turns(mention) for by in (-1, 0, 1, 2)}
    return "\n".join(turn.text for turn in claim.consultation.turns if turn.index in near)


def prose_routes_agree(claim: ProseClaim) -> Iterator[Reason]:
    """A drug goes in by the way that was said of it."""
    for part in claim.parts:
        drugs = [m for m in part.mentions if m.table in _DRUGS and not m.nested]
        if not drugs or not re.search(f"{_NAMED_ROUTE.pattern}|복용", part.text):
            continue
        near = {turn + ahead for m in drugs for turn in claim.turns(m) for ahead in (-1, 0, 1)}
        said = "\n".join(turn.text for turn in claim.consultation.turns if turn.index in near)
        orders = [
            e for e in claim.consultation.entries if isinstance(e, MedicationOrder) and any(_names(e, m) for m in drugs)
        ]
        known = " ".join(f"{entry.route or ''} {entry.frequency or ''}" for entry in orders)
        for route in claims.unsaid_routes(part.text, said):
            if route not in known and claims.ROUTE_CODES[route] not in known:
                yield Reason(Check.ROUTE, route)
        applied = re.search(
            r"ophthalmic|topical|otic|vaginal|rectal|inhalation|intra|subcut|점안|점이|도포|흡입|질정|주사", known
        )
        if re.search(r"복용(?! ?중)", part.text) and applied and not re.search(r"oral|경구", known):
            yield Reason(Check.ROUTE, "복용")
        injected = re.search(r"주사|정맥|수액|정주", said)
        if re.search(r"경구(?!수액)", part.text) and injected and not re.search(r"먹|드시|드세|경구|알", said):
            yield Reason(Check.ROUTE, "경구")
