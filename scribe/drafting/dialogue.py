"""The dialogue in clauses: who says what, what is asked, what answers it.

A transcript is cleaned of fillers and self-corrections (``repair``), cut into sentences and clauses with offsets into
the utterances, and the questions are tied to the turns that answer them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Evidence
from scribe.domain.transcript import Transcript, Utterance
from scribe.drafting.dialect import standard
from scribe.drafting.heard import heard, heard_mentions
from scribe.drafting.lexicon import Table
from scribe.drafting.morphology import Morpheme
from scribe.drafting.repair import Retraction, repair
from scribe.drafting.speakers import ASKS_LISTENER, Role, role_of
from scribe.drafting.terms import Mention, TermIndex

Link = Literal["end", "and", "or", "but", "if", "because", "intent"]

_LINKS: dict[str, Link] = {
    "면": "if",
    "으면": "if",
    "믄": "if",
    "거든": "if",
    "려면": "if",
    "다면": "if",
    "는다면": "if",
    "ᆫ다면": "if",
    "라면": "if",
    "자마자": "if",
    "는데": "but",
    "은데": "but",
    "ᆫ데": "but",
    "지만": "but",
    "더니": "but",
    "다가": "but",
    "으나": "but",
    "나": "but",
    "니까": "because",
    "으니까": "because",
    "어서": "because",
    "아서": "because",
    "느라": "because",
    "길래": "because",
    "려고": "intent",
    "으려고": "intent",
    "려다가": "intent",
    "으려다가": "intent",
    "을까": "intent",
}
_COMMAND = re.compile(
    r"(?:지시|명령|프롬프트|규칙)[가-힣]*\s[^.?!]*(?:무시|잊)|(?:기록|차트|요약|노트|항목|내용|알레르기|진단|"
    r"처방)[가-힣]*\s(?:모두\s|다\s|전부\s)?(?:지워|삭제|바꿔|추가해|작성해)|"
    r"라고\s(?:적어|써|기록해|작성해|입력해|출력해)(?:줘|라|주세요)?\s*[.!]?\s*$"
)
# a bare topic and an honorific tag ask, with or without a mark: "열은요", "드시는 거죠", "없으시고요"
_TOPIC_ONLY = re.compile(
    r"^[가-힣\s,]{1,24}(?:은요|는요)\s*\.?\s*$|"
    r"(?:건요|적은요|으시고요|진 않고요|신가요|있으세요|계세요|없으세요|피우세요|시는 거죠|드시죠|맞으시죠)\s*\.?\s*$"
)
_MAY_ASK = re.compile(r"(?:[어아여]요|[가-힣]요)\s*[.…]*\s*$")
_TELLS = re.compile(r"네요|거든요|[을를ㄹ] ?게요|거예요|이에요|예요|세요|봐요|해요|돼요|드려요|드릴|들려요|보여요|만져")
_REPLIES = re.compile(
    r"^\s*(?:아\s*,?\s*)?(?:네|예|응|아니요|아뇨|아니오|아니|없|안 |전혀|그런|별로|그건|좀|조금|가끔)"
)
_DENIES = re.compile(r"^\s*(?:아\s*,?\s*)?(?:아니요|아뇨|아니오|없|안 |전혀|그런)")
_ASKS_LEAVE = re.compile(r"[아어여]도\s?(?:되|돼|괜찮)[가-힣]{0,3}\s*[.…]*\s*$")
_ASKING_ENDINGS = frozenset({"나요", "ᆯ까요", "을까요", "ᆫ가요", "은가요", "는가요", "습니까", "ᆸ니까", "니"})
# "그럼 중이염이에요", from the patient
_ASKS_DIAGNOSIS = re.compile(r"^(?:(?!저희|우리|제가|저도|저는).){1,24}(?:이에요|예요|입니까)\s*[.…]*\s*$")
_SENTENCE_END = re.compile(r"[.?!…]+(?=\s|$)")
# "…는 문제는요? 소변이 안 나오거나 새거나." goes on asking
_AFTERTHOUGHT = re.compile(r"(?:거나|든지|든가|도요|는요|은요|이나|라든지)\s*[.…]*\s*$")
_JOINED = frozenset({"지", "어야", "아야", "게", "도록", "면", "으면"})
_PRO_VERBS = frozenset({"그러", "그렇", "하", "이러", "이렇"})


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of one utterance with one predicate; ``link`` says how it leans on the next clause."""

    turn: int
    start: int
    end: int
    link: Link
    sentence: int
    is_question: bool


@dataclass(frozen=True)
class Turn:
    """One utterance read: its cleaned text (same offsets), mentions, morphemes and clauses."""

    index: int
    utterance: Utterance
    role: Role
    text: str
    retractions: tuple[Retraction, ...]
    mentions: tuple[Mention, ...]
    morphemes: tuple[Morpheme, ...]
    clauses: tuple[Clause, ...] = field(default=())

    @property
    def id(self) -> str:
        return self.utterance.id

    @property
    def is_guessed(self) -> bool:
        """The recogniser did not know who spoke."""
        return self.utterance.speaker == "unknown"

    @property
    def is_recognised(self) -> bool:
        """A machine wrote the words, and nobody corrected them: they may be misheard, their punctuation is a guess."""
        said = self.utterance
        return said.heard is None and (said.confidence is not None or said.words is not None)

    @property
    def is_patient_side(self) -> bool:
        return self.role in ("patient", "guardian")

    @cached_property
    def has_question(self) -> bool:
        return any(clause.is_question for clause in self.clauses)

    def of(self, *tables: Table) -> tuple[Mention, ...]:
        """The mentions of these tables, in order."""
        return tuple(mention for mention in self.mentions if mention.table in tables)

    def clause_at(self, position: int) -> Clause:
        """The clause that holds a character offset."""
        return next((clause for clause in self.clauses if position < clause.end), self.clauses[-1])

    def sentence_of(self, clause: Clause) -> tuple[Clause, ...]:
        return tuple(other for other in self.clauses if other.sentence == clause.sentence)

    def words(self, clause: Clause) -> str:
        return self.text[clause.start : clause.end]

    def sentence_text(self, clause: Clause) -> str:
        parts = self.sentence_of(clause)
        return self.text[parts[0].start : parts[-1].end]

    def in_clause(self, clause: Clause) -> tuple[Morpheme, ...]:
        return tuple(m for m in self.morphemes if clause.start <= m.start < clause.end)

    def evidence(self, start: int, end: int) -> Evidence:
        """The span without the spaces around it."""
        words = self.utterance.text[start:end]
        left = start + len(words) - len(words.lstrip(" ,"))
        right = start + len(words.rstrip(" ,"))
        return Evidence(utterance=self.id, start=left, end=max(right, left + 1))


@dataclass(frozen=True)
class Dialogue:
    """The whole consultation, read turn by turn."""

    turns: tuple[Turn, ...]
    encounter: Encounter
    terms: TermIndex

    def answers(self, turn: Turn) -> tuple[Turn, ...]:
        """The patient's side's turns that directly follow a question: until the clinician speaks again."""
        found: list[Turn] = []
        for other in self.turns[turn.index + 1 : turn.index + 4]:
            if other.role == "clinician":
                break
            if other.is_patient_side:
                found.append(other)
        return tuple(found)

    def question_before(self, turn: Turn) -> Turn | None:
        """The clinician's turn that this turn answers, where it asks something."""
        for other in reversed(self.turns[max(0, turn.index - 2) : turn.index]):
            if other.role == "clinician":
                return other if other.has_question else None
        return None


def read_dialogue(transcript: Transcript, encounter: Encounter, terms: TermIndex) -> Dialogue:
    """Cleans, cuts and ties the transcript's utterances together."""
    turns: list[Turn] = []
    spoken = [utterance for utterance in transcript.utterances if utterance.text.strip()]
    has_marks = any("?" in utterance.text for utterance in spoken)
    for index, utterance in enumerate(spoken):
        is_marked = has_marks and utterance.confidence is None and utterance.words is None
        reply = spoken[index + 1] if index + 1 < len(spoken) else None
        turns.append(_turn(index, utterance, terms, is_marked=is_marked, reply=reply))
    return Dialogue(tuple(turns), encounter, terms)


def _turn(index: int, utterance: Utterance, terms: TermIndex, *, is_marked: bool, reply: Utterance | None) -> Turn:
    said = standard(utterance.text if utterance.confidence is None else heard(utterance.text))
    repaired = repair(said, tuple(terms.find(said)) if "아니" in said else ())
    text = _without_commands(repaired.text) if utterance.speaker != "doctor" else repaired.text
    morphemes = terms.morphemes(text)
    mentions = _mentions(text, terms)
    role = role_of(utterance, reply)
    clauses = _clauses(index, text, morphemes, role in ("clinician", "nurse"))
    turn = Turn(
        index=index,
        utterance=utterance,
        role=role,
        text=text,
        retractions=repaired.retractions,
        mentions=mentions
        if utterance.confidence is None
        else heard_mentions(text, mentions, terms, utterance.corrections or ()),
        morphemes=morphemes,
        clauses=clauses,
    )
    return turn if is_marked else replace(turn, clauses=_asked_without_marks(turn, reply))


def _asked_without_marks(turn: Turn, reply: Utterance | None) -> tuple[Clause, ...]:
    """Questions known by their form and by the reply, where the text's punctuation does not show them."""
    last = turn.clauses[-1].sentence
    asks = {
        clause.sentence
        for clause in turn.clauses
        if clause.is_question or _asks(turn, clause, reply if clause.sentence == last else None)
    }
    return tuple(replace(clause, is_question=clause.sentence in asks) for clause in turn.clauses)


def _asks(turn: Turn, clause: Clause, reply: Utterance | None) -> bool:
    words = turn.sentence_text(clause)
    first, end = turn.sentence_of(clause)[0].start, turn.sentence_of(clause)[-1].end
    if _ends_asking([m for m in turn.morphemes if first <= m.start < end]):
        return True
    if turn.role not in ("clinician", "nurse"):
        of_kin = any(first <= mention.start < end for mention in turn.of(Table.RELATIVES))
        names = not of_kin and any(first <= mention.start < end for mention in turn.of(Table.DIAGNOSES))
        return bool(_ASKS_LEAVE.search(words) or (names and _ASKS_DIAGNOSIS.search(words)))
    if ASKS_LISTENER.search(words):
        return True
    if reply is None or reply.speaker in ("doctor", "nurse") or _TELLS.search(words) or not _MAY_ASK.search(words):
        return False
    named = [mention for mention in turn.of(Table.SYMPTOMS, Table.DIAGNOSES) if first <= mention.start < end]
    if _DENIES.match(reply.text) or any(mention.surface[:2] in reply.text for mention in named):
        return True
    return bool(_REPLIES.match(reply.text)) and any(mention.table is Table.SYMPTOMS for mention in named)


def _mentions(text: str, terms: TermIndex) -> tuple[Mention, ...]:
    """The lexicon's terms, without those put together across two words ("맞혔고 독감" holds no 고독감)."""
    found = terms.find(text)
    chance = [mention for mention in found if _is_across_words(text, mention)]
    kept = [mention for mention in found if mention not in chance]
    return tuple(
        replace(mention, nested=False)
        if any(false.start <= mention.start and mention.end <= false.end for false in chance)
        else mention
        for mention in kept
    )


def _is_across_words(text: str, mention: Mention) -> bool:
    joins = mention.how == "exact" and " " in mention.surface and " " not in mention.form
    return joins and mention.start > 0 and "가" <= text[mention.start - 1] <= "힣"


def _without_commands(text: str) -> str:
    """Sentences that tell software what to write are dialogue without clinical content: blanked in place."""
    for match in re.finditer(r"[^.?!]+[.?!]*", text):
        if _COMMAND.search(match.group()):
            text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
    return text if text.strip() else "." + text[1:]


def _clauses(turn: int, text: str, morphemes: tuple[Morpheme, ...], of_clinician: bool) -> tuple[Clause, ...]:
    found: list[Clause] = []
    is_question = False
    for number, (start, end) in enumerate(_sentences(text, morphemes)):
        goes_on = is_question and bool(_AFTERTHOUGHT.search(text[start:end]))
        tag = of_clinician and not text[:end].rstrip().endswith(".") and bool(_TOPIC_ONLY.search(text[start:end]))
        is_question = goes_on or tag or _is_question(text[start:end], [m for m in morphemes if start <= m.start < end])
        cuts = [cut for cut in _cuts(text, morphemes) if start < cut[0] < end]
        position = start
        for at, link in cuts:
            found.append(Clause(turn, position, at, link, number, is_question))
            position = at
        found.append(Clause(turn, position, end, "end", number, is_question))
    return tuple(found)


def _sentences(text: str, morphemes: tuple[Morpheme, ...]) -> list[tuple[int, int]]:
    """At final punctuation, and in unpunctuated text after a final ending."""
    cuts = {match.end() for match in _SENTENCE_END.finditer(text)}
    for here, following in pairwise(morphemes):
        final = here.tag == "EF" or _is_polite_end(text, here)
        if final and following.tag not in ("SF", "SP", "SE", "JX", "SSC", "JKQ", "ETM", "EC"):
            gap = text[here.end : following.start]
            if gap.strip() == "" and gap and following.start > here.end:
                cuts.add(following.start)
    bounds = sorted({0, *cuts, len(text)})
    spans = [(start, end) for start, end in pairwise(bounds) if text[start:end].strip(" .,?!…")]
    return spans or [(0, len(text))]


def _is_polite_end(text: str, here: Morpheme) -> bool:
    """요 on the end of any word ("조금씩요"), whatever the analyser made of it."""
    attached = here.start > 0 and "가" <= text[here.start - 1] <= "힣" and text[here.end : here.end + 1] in ("", " ")
    return here.form == "요" and (here.tag == "JX" or attached)


def _is_question(sentence: str, morphemes: list[Morpheme]) -> bool:
    if sentence.rstrip().endswith("?"):
        return True
    if sentence.rstrip().endswith((".", "!")):
        return False
    return _ends_asking(morphemes)


def _ends_asking(morphemes: Sequence[Morpheme]) -> bool:
    last = [m for m in morphemes if m.tag == "EF"]
    return bool(last) and last[-1].form in _ASKING_ENDINGS


def _cuts(text: str, morphemes: tuple[Morpheme, ...]) -> list[tuple[int, Link]]:
    """Where clauses end: after a connective ending that no auxiliary continues."""
    cuts: list[tuple[int, Link]] = []
    for position, here in enumerate(morphemes):
        if _is_background(morphemes, position):
            cuts.append((here.end + 1, "but"))
        if here.tag not in ("EC", "EF") or text[max(0, here.end - 2) : here.end] == "아예":
            continue
        after = position + 1
        while after < len(morphemes) and morphemes[after].tag == "JX":
            after += 1
        following = morphemes[after] if after < len(morphemes) else None
        if following is None or following.tag in ("VX", "EC", "EP", "EF", "ETM", "SF", "SE"):
            continue
        if here.tag == "EF" and following.tag != "SP":
            continue
        if (
            following.tag == "VV"
            and following.form in ("그러", "하", "되")
            and (here.form in _JOINED or here.form.endswith("까"))
        ):
            continue
        if here.form in ("게", "도록", "듯이", "듯", "지", "을수록", "ᆯ수록") or _is_adverbial(here, following):
            continue
        end = morphemes[after - 1].end
        comma = re.match(r"[\s,]+", text[end:])
        cuts.append((end + (comma.end() if comma else 0), _link(here.form)))
    return cuts


def _link(ending: str) -> Link:
    if ending.endswith(("거나", "든지", "든가")):
        return "or"
    return _LINKS.get(ending, "and")


def _is_background(morphemes: tuple[Morpheme, ...], position: int) -> bool:
    """-는데 that the analyser read as the noun 데: "압통 있는데 반발통은 없네요"."""
    here = morphemes[position]
    if (here.form, here.tag) != ("데", "NNB") or not position or position + 1 >= len(morphemes):
        return False
    before, after = morphemes[position - 1], morphemes[position + 1]
    return before.tag == "ETM" and before.end >= here.start and after.tag in ("NNG", "NNP", "MAG", "VV", "VA")


def _is_adverbial(here: Morpheme, following: Morpheme) -> bool:
    """ "찍어 보다", "걸어 다니다", "씹어 먹다": one predicate in two verbs."""
    return here.form in ("어", "아") and following.tag in ("VV", "VX")


def is_pro_clause(turn: Turn, clause: Clause) -> bool:
    """A clause that only repeats the predicate before it: "그러진 않았어요"."""
    if re.match(r"\s*(?:막\s|뭐\s)?(?:그런|이런) (?:거|건|것|느낌|증상|적)", turn.words(clause)):
        return len(turn.words(clause).strip(" ,.?")) <= 16
    verbal = [m for m in turn.in_clause(clause) if m.tag in ("VV", "VA")]
    return bool(verbal) and verbal[0].form in _PRO_VERBS and len(turn.words(clause).strip(" ,.?")) <= 16
