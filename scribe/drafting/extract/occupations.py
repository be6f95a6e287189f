"""Work, school and schooling told in passing: "택시 운전하거든요", "미용실 해요", "학교는 초등학교까지"."""

import re
from collections.abc import Iterable

from scribe.domain.entries import Evidence
from scribe.drafting.assertion import Person, whose
from scribe.drafting.dialogue import Dialogue, Turn
from scribe.drafting.extract.past import Told

_NAMES = """
택시 개인택시 버스 트럭 화물차 화물 택배 배달 퀵 대리운전 미용실 미용사 미용 네일 식당 주방 요리사 조리사 카페
분식집 치킨집 편의점 마트 세탁소 정육점 꽃집 가게 자영업 장사 공장 용접 도장 건설 공사 목수 미장 도배 전기_일
배관 인테리어 현장 경비 청소 미화 요양보호사 간병 간호사 간호조무사 의사 약사 교사 강사 유치원_교사 보육교사
어린이집_교사 공무원 경찰 소방관 군인 회사원 사무직 은행 개발자 프로그래머 디자이너 연구원 영업 영업직 판매직
콜센터 상담원 승무원 기사 운전기사 지게차 농사 과수원 축산 양식 어업 뱃일 해녀 광산 탄광 조선소 제철소 물류
창고 도축 수의사 미싱 봉제 재단 인쇄 세차 정비 정비사 카센터 헬스_트레이너 트레이너 필라테스_강사 학생 대학생
고등학생 중학생 대학원생 수험생 취준생 주부 가정주부 프리랜서 작가 성악 가수 변호사 회계사 목사 스님
"""
_JOBS = "|".join(name.replace("_", " ") for name in sorted(_NAMES.split(), key=len, reverse=True))
_WORKS = re.compile(
    rf"(?<![가-힣])(?P<job>{_JOBS})(?:\s?(?:일|쪽|운전|근무|업))?(?:을|를|에서|에|로|으로|은|는|이|가)?\s?"
    r"(?:아직\s|계속\s|지금도\s|혼자\s|[가-힣]{1,4}년 (?:넘게\s|동안\s)?)?"
    r"(?:해요|하거든요|하고 있|합니다|하는데|하니까|하는 사람|하다 보니|해서|하다가 보니|몰아요|몰거든|몰고|"
    r"다녀요|다니거든|"
    r"다닙니다|다니고|다니는데|다녀서|근무|일하|일해|이에요|예요|입니다|이라서|이라|이거든요|거든요|인데요?|"
    r"뛰어요|뛰거든|나가요|"
    r"나가거든|하지요|하죠)"
)
_BARE = re.compile(
    rf"^\s*(?:네|예|아니요|음|어)?[\s,]*(?P<job>{_JOBS})(?:이?요|,\s?예|,\s?네|이에요|예요|입니다|이지)?(?=[\s.,]|$)"
)
_ASKS_WORK = re.compile(r"직업|무슨 일|하시는 일|어떤 일|일은|직장|근무|택시|가게|회사")
_SCHOOLING = re.compile(
    r"(?P<school>국민학교|초등학교|중학교|고등학교|대학교?|대학원|무학|학교는 못)(?:까지|를|을|도|만)?\s?(?:만\s)?"
    r"(?:나왔|나오|졸업|다니셨|다녔|마치|마쳤|중퇴|못)"
)
_ASKS_SCHOOLING = re.compile(r"학교는|학력|교육|몇 학년")
_NOT_NOW = re.compile(r"그만뒀|그만두|은퇴|퇴직|예전에|옛날에|젊어서|젊을 때|했었|했는데")


def told_occupations(dialogue: Dialogue) -> list[Told]:
    """The patient's own work, and how far a patient went to school where that was asked or matters."""
    found: list[Told] = []
    for turn in dialogue.turns:
        if turn.is_patient_side:
            found += _work(dialogue, turn)
        if turn.is_patient_side or turn.role == "clinician":
            found += _schooling(dialogue, turn)
    return found


def _work(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    question = dialogue.question_before(turn)
    asked = question is not None and bool(_ASKS_WORK.search(question.text))
    match = _WORKS.search(turn.text) or (_BARE.search(turn.text) if asked else None)
    if match is None:
        return
    clause = turn.clause_at(match.start("job"))
    if (
        clause.is_question
        or clause.link == "if"
        or whose(dialogue, turn, match.start("job")).person is not Person.PATIENT
    ):
        return
    words = re.sub(r"\s+", " ", turn.words(clause)).strip(" .,?!")
    detail = f"과거: {words}" if _NOT_NOW.search(turn.sentence_text(clause)) else words
    evidence: tuple[Evidence, ...] = (turn.evidence(clause.start, clause.end),)
    asks = _ASKS_WORK.search(question.text) if question is not None else None
    if question is not None and asks is not None:
        at = question.clause_at(asks.start())
        evidence = (question.evidence(at.start, at.end), *evidence)
    yield Told(f"직업({match['job']})", "social", "present", detail, evidence, False)


def _schooling(dialogue: Dialogue, turn: Turn) -> Iterable[Told]:
    match = _SCHOOLING.search(turn.text)
    if match is None:
        return
    question = dialogue.question_before(turn) if turn.is_patient_side else turn
    if question is None or not _ASKS_SCHOOLING.search(question.text):
        return
    clause = turn.clause_at(match.start())
    if not clause.is_question and whose(dialogue, turn, match.start()).person is Person.PATIENT:
        yield Told(
            f"{match['school']} 학력", "social", "present", None, (turn.evidence(clause.start, clause.end),), False
        )
