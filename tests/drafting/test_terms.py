import time
from collections.abc import Iterator

import pytest
from kiwipiepy import Kiwi

from scribe.drafting.lexicon import DrugClassRow, MedicineRow, SymptomRow, Table, rows
from scribe.drafting.predicates import phrase_keys
from scribe.drafting.terms import Mention, TermIndex


@pytest.fixture(scope="module")
def index() -> TermIndex:
    return TermIndex.load()


def terms(index: TermIndex, text: str, table: Table) -> list[str]:
    return [mention.row.term for mention in index.find(text) if mention.table is table]


def only(index: TermIndex, text: str, table: Table) -> Mention:
    (mention,) = [mention for mention in index.find(text) if mention.table is table]
    return mention


@pytest.mark.parametrize(
    ("text", "table", "term"),
    [
        ("기침은 없고요", Table.SYMPTOMS, "기침"),
        ("CBC하고 나갈게요", Table.TESTS, "일반혈액검사"),
        ("cbc랑 같이요", Table.TESTS, "일반혈액검사"),
        ("씨비씨 나가고", Table.TESTS, "일반혈액검사"),
        ("에이치티엔 있으시고", Table.DIAGNOSES, "고혈압"),
        ("아이엘디 소견", Table.DIAGNOSES, "간질성 폐질환"),
        ("엘에프티도 볼게요", Table.TESTS, "간기능검사"),
        ("체스트엑스레이 찍고", Table.TESTS, "흉부 X선"),
        ("체스트 엑스레이 찍고", Table.TESTS, "흉부 X선"),
        ("허리 엠알아이를", Table.TESTS, "요추 MRI"),
        ("혈압 약 드세요?", Table.DRUG_CLASSES, "혈압약"),
        ("노바스크 오 밀리", Table.MEDICINES, "암로디핀"),
        ("타이레놀이랑", Table.MEDICINES, "아세트아미노펜"),
        ("고지혈증이 있어서", Table.DIAGNOSES, "이상지질혈증"),
        ("저희 시어머니가", Table.RELATIVES, "시어머니"),
        ("카디오 협진", Table.DEPARTMENTS, "심장내과"),
        ("새츄레이션이 구십이", Table.VITALS, "산소포화도"),
    ],
)
def test_nouns_and_abbreviations_are_found_as_spoken(index: TermIndex, text: str, table: Table, term: str) -> None:
    assert term in terms(index, text, table)


@pytest.mark.parametrize(
    ("text", "table", "term"),
    [
        ("약 두 통 주세요", Table.SYMPTOMS, "두통"),
        ("세 배로 늘었어요", Table.BODY_SITES, "배"),
        ("고혈압이에요", Table.VITALS, "혈압"),
        ("ABCT라고요", Table.TESTS, "컴퓨터단층촬영"),
        ("목표가 뭐예요", Table.BODY_SITES, "목"),
        ("위염이래요", Table.BODY_SITES, "위"),
        ("소원을 이루어 주세요", Table.SYMPTOMS, "이루"),
    ],
)
def test_a_term_inside_another_word_is_no_mention(index: TermIndex, text: str, table: Table, term: str) -> None:
    assert term not in terms(index, text, table)


@pytest.mark.parametrize(
    ("text", "term", "surface", "negated"),
    [
        ("속이 좀 메슥거리고요", "오심", "속이 좀 메슥거리고요", False),
        ("메스꺼워서 힘들어요", "오심", "메스꺼워서", False),
        ("숨이 안 차요", "호흡곤란", "숨이 안 차요", True),
        ("숨차지는 않으세요?", "호흡곤란", "숨차지는 않으세요", True),
        ("숨찬 건 없어요", "호흡곤란", "숨찬 건 없어요", True),
        ("숨이 안 차는 건 아니에요", "호흡곤란", "숨이 안 차는 건 아니에요", False),
        ("머리가 너무 심하게 아파요", "두통", "머리가 너무 심하게 아파요", False),
        ("머리가 깨질 것처럼 아프고", "두통", "머리가 깨질 것처럼 아프고", False),
        ("열이 삼십팔 도까지 났어요", "발열", "열이 삼십팔 도까지 났어요", False),
        ("열나고", "발열", "열나고", False),
        ("입맛이 통 없어요", "식욕부진", "입맛이 통 없어요", False),
        ("잠을 자지 못해요", "불면", "잠을 자지 못해요", False),
        ("아픈 무릎이요", "무릎 통증", "아픈 무릎", False),
        ("머리가 편찮으세요?", "두통", "머리가 편찮으세요", False),
    ],
)
def test_predicates_are_found_whatever_their_form(
    index: TermIndex, text: str, term: str, surface: str, negated: bool
) -> None:
    mention = only(index, text, Table.SYMPTOMS)
    assert (mention.row.term, mention.surface, mention.negated) == (term, surface, negated)
    assert text[mention.start : mention.end] == surface
    assert mention.how == "predicate"


def test_coordinated_nouns_share_the_predicate(index: TermIndex) -> None:
    assert terms(index, "머리랑 배가 아파요", Table.SYMPTOMS) == ["두통", "복통"]


def test_one_symptom_is_mentioned_once_however_many_phrases_fit(index: TermIndex) -> None:
    assert terms(index, "토하고 설사하고 난리예요", Table.SYMPTOMS) == ["구토", "설사"]
    assert terms(index, "천장이 빙글빙글 돌아요", Table.SYMPTOMS) == ["어지럼증"]
    assert terms(index, "어깨까지 아파요", Table.SYMPTOMS) == ["방사통"]


def test_the_longest_match_wins_within_a_table(index: TermIndex) -> None:
    assert terms(index, "뇌 MRI 찍을게요", Table.TESTS) == ["뇌 MRI"]


def test_a_mention_inside_a_longer_one_of_another_table_is_marked(index: TermIndex) -> None:
    found = {mention.table: mention for mention in index.find("고혈압약을 드세요")}
    assert not found[Table.DRUG_CLASSES].nested
    assert all(mention.nested for table, mention in found.items() if table is not Table.DRUG_CLASSES)


def test_offsets_are_code_points_also_after_an_emoji(index: TermIndex) -> None:
    text = "😀 기침하고 열이 나요"
    assert [text[m.start : m.end] for m in index.find(text) if m.table is Table.SYMPTOMS] == ["기침", "열이 나요"]


def test_cues_are_found_in_any_form(index: TermIndex) -> None:
    (match,) = index.cues("폐 소리는 깨끗하네요", ("깨끗하다", "수포음이 들리다"))
    assert (match.phrase, match.negated) == ("깨끗하다", False)
    (match,) = index.cues("편도는 안 부었어요", ("붓다",))
    assert match.negated


def test_rows_of_a_hospital_extend_and_override() -> None:
    own = MedicineRow("암로디핀", "amlodipine", ("우리병원정",), atc="C08CA01")
    index = TermIndex.load((own, DrugClassRow("밀봉약")))
    assert only(index, "우리병원정 드세요", Table.MEDICINES).row is own
    assert terms(index, "노바스크 드세요", Table.MEDICINES) == []
    assert terms(index, "밀봉약을 드렸어요", Table.DRUG_CLASSES) == ["밀봉약"]
    assert TermIndex.load((own, DrugClassRow("밀봉약"))) is index


def test_sound_matching_is_asked_for_and_flagged(index: TermIndex) -> None:
    assert terms(index, "노바스끄 드세요", Table.MEDICINES) == []
    (guess,) = [m for m in index.find("아침에 노바스끄를 드세요", fuzzy=True) if m.table is Table.MEDICINES]
    assert (guess.row.term, guess.surface, guess.form, guess.how) == ("암로디핀", "노바스끄", "노바스크", "fuzzy")
    assert 0.75 <= guess.score < 1


def test_sound_matching_leaves_short_and_known_words_alone(index: TermIndex) -> None:
    assert [m for m in index.find("두툼 하나요, 아스피린이요", fuzzy=True) if m.how == "fuzzy"] == []


def test_a_phrase_that_is_no_predicate_is_refused(index: TermIndex) -> None:
    with pytest.raises(ValueError, match="not a predicate in dictionary form"):
        phrase_keys(index.analyser, "기침")


def _spoken(kiwi: Kiwi, phrase: str) -> Iterator[str]:
    """The phrase in endings of everyday speech."""
    yield phrase[:-1] + "고요"
    tokens = kiwi.tokenize(phrase[:-1] + "고 그래요")
    stem_end = next((i for i, token in enumerate(tokens) if token.start == len(phrase) - 1), None)
    if stem_end is not None:
        stem = [(token.form, token.tag) for token in tokens[:stem_end]]
        yield kiwi.join([*stem, ("어요", "EF")])
        yield kiwi.join([*stem, ("었", "EP"), ("는데요", "EF")])


def test_almost_every_symptom_phrase_is_found_in_everyday_endings(index: TermIndex) -> None:
    kiwi = Kiwi(num_workers=1, load_multi_dict=False)
    phrases = [phrase for row in rows(SymptomRow) for phrase in row.predicates][::9]
    spoken = [(phrase, form) for phrase in phrases for form in _spoken(kiwi, phrase)]
    missed = [form for phrase, form in spoken if all(match.phrase != phrase for match in index.cues(form, (phrase,)))]
    assert len(spoken) > 800
    assert len(missed) / len(spoken) <= 0.02, missed


def test_an_utterance_is_read_in_milliseconds(index: TermIndex) -> None:
    text = "머리가 너무 심하게 아프고 열이 {}도까지 나요, 혈압약이랑 아스피린은 계속 드시고요"
    started = time.perf_counter()
    for number in range(50):
        index.find(text.format(number))
    assert (time.perf_counter() - started) / 50 < 0.02
