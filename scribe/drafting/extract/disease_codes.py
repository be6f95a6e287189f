"""Closer KCD-8 codes of a disease, from the site, side condition or cause that was said with it."""

import re

# site as said -> site as recorded, code; the first that is found beside the injury
_SPRAINS = (
    ("발목", "발목", "S93.4"),
    ("무릎|십자인대|측부인대", "무릎", "S83.6"),
    ("손목", "손목", "S63.5"),
    ("손가락|엄지", "손가락", "S63.6"),
    ("어깨", "어깨", "S43.4"),
    ("목|경추", "목", "S13.4"),
    ("허리|요추", "허리", "S33.5"),
    ("팔꿈치", "팔꿈치", "S53.4"),
    ("발가락", "발가락", "S93.5"),
    ("발등|발", "발", "S93.6"),
    ("고관절|사타구니", "고관절", "S73.1"),
)
_FRACTURES = (
    ("손목|요골", "손목", "S52.5"),
    ("손가락", "손가락", "S62.6"),
    ("손등|손", "손", "S62.8"),
    ("발목|복사뼈", "발목", "S82.8"),
    ("발가락", "발가락", "S92.5"),
    ("발등|발", "발", "S92.9"),
    ("슬개골|무릎", "슬개골", "S82.0"),
    ("정강이|경골|종아리", "정강이", "S82.2"),
    ("고관절|엉덩이|대퇴", "대퇴골", "S72.0"),
    ("쇄골|빗장뼈", "쇄골", "S42.0"),
    ("어깨|상완|위팔", "상완골", "S42.2"),
    ("갈비|늑골|가슴", "늑골", "S22.3"),
    ("허리|요추|척추", "요추", "S32.0"),
    ("등뼈|흉추", "흉추", "S22.0"),
    ("골반", "골반", "S32.8"),
    ("머리|두개", "두개골", "S02.9"),
    ("코", "코뼈", "S02.2"),
    ("광대|얼굴|안면", "안면골", "S02.9"),
    ("턱", "턱뼈", "S02.6"),
    ("팔꿈치", "팔꿈치", "S42.4"),
    ("팔|전완", "전완", "S52.9"),
    ("다리|하퇴", "다리", "S82.9"),
)
_BURNS = (
    ("얼굴|이마|뺨|볼|목|머리|두피", "얼굴", "T20"),
    ("손|손목|손가락|손등|손바닥", "손", "T23"),
    ("발|발목|발등|발가락", "발", "T25"),
    ("어깨|팔|팔뚝|팔꿈치", "팔", "T22"),
    ("다리|허벅지|무릎|종아리|정강이", "다리", "T24"),
    ("가슴|배|등|허리|몸통|엉덩이", "몸통", "T21"),
)
_WOUNDS = (
    ("두피|머리", "두피", "S01.0"),
    ("눈썹|눈꺼풀", "눈꺼풀", "S01.1"),
    ("입술|입안|혀", "입술", "S01.5"),
    ("이마|얼굴|볼|뺨|턱|코", "얼굴", "S01.8"),
    ("손가락|손끝|엄지|검지", "손가락", "S61.0"),
    ("손목|손등|손바닥|손", "손", "S61.8"),
    ("팔꿈치", "팔꿈치", "S51.0"),
    ("팔", "팔", "S51.9"),
    ("무릎", "무릎", "S81.0"),
    ("정강이|종아리|다리", "다리", "S81.9"),
    ("허벅지", "허벅지", "S71.1"),
    ("발가락", "발가락", "S91.1"),
    ("발바닥|발등|발", "발", "S91.3"),
)
_BRUISES = (
    ("갈비|가슴|흉부", "가슴", "S20.2"),
    ("허리|엉덩이|골반|꼬리뼈", "허리", "S30.0"),
    ("어깨", "어깨", "S40.0"),
    ("팔꿈치", "팔꿈치", "S50.0"),
    ("손가락", "손가락", "S60.0"),
    ("손목|손", "손", "S60.2"),
    ("고관절", "고관절", "S70.0"),
    ("허벅지", "허벅지", "S70.1"),
    ("무릎", "무릎", "S80.0"),
    ("정강이|종아리|다리", "다리", "S80.1"),
    ("발목", "발목", "S90.0"),
    ("발가락", "발가락", "S90.1"),
    ("발등|발", "발", "S90.3"),
    ("머리|두피", "두피", "S00.0"),
    ("눈", "눈꺼풀", "S00.1"),
)
_DISLOCATIONS = (
    ("어깨", "어깨", "S43.0"),
    ("팔꿈치", "팔꿈치", "S53.1"),
    ("손가락", "손가락", "S63.1"),
    ("손목", "손목", "S63.0"),
    ("슬개골", "슬개골", "S83.0"),
    ("무릎", "무릎", "S83.1"),
    ("턱", "턱관절", "S03.0"),
    ("고관절", "고관절", "S73.0"),
    ("발목", "발목", "S93.0"),
)
_SITED = {
    "염좌": _SPRAINS,
    "골절": _FRACTURES,
    "화상": _BURNS,
    "열상": _WOUNDS,
    "타박상": _BRUISES,
    "탈구": _DISLOCATIONS,
}
_CANCERS = (
    ("갑상선", "C73"),
    ("위내시경|위 조직|(?<![가-힣])위(?:에|가|는|암)", "C16.9"),
    ("대장|용종", "C18.9"),
    ("유방|젖|가슴 멍울", "C50.9"),
    ("폐|가슴 사진|흉부", "C34.9"),
    ("간(?=에 |은 |암)", "C22.9"),
    ("전립선|PSA", "C61"),
    ("췌장", "C25.9"),
    ("자궁경부", "C53.9"),
    ("자궁", "C55"),
    ("난소", "C56"),
    ("방광", "C67.9"),
    ("콩팥|신장", "C64"),
    ("담낭|쓸개", "C23"),
    ("피부암|피부 조직", "C44.9"),
)
_DEGREES = (("삼도|3도", "3"), ("이도|2도|물집", "2"), ("일도|1도", "1"))
# disease, cause as said, code
_CAUSED = (
    ("아나필락시스", r"벌[에이을한 ]|벌독|벌 독|말벌|땅벌|쏘", "T63.4"),
    ("아나필락시스", r"음식|땅콩|새우|우유|계란|호두|견과|밀가루|메밀|갑각류", "T78.0"),
    ("아나필락시스", r"조영제|항생제|주사 맞고|약 (?:먹고|드시고|때문)", "T88.6"),
    ("빈혈", r"임신|임산부|산모|주수|태동|분만", "O99.0"),
    ("빈혈", r"콩팥|신장|투석", "D63.8"),
    ("빈혈", r"철분|저장철|페리틴|생리", "D50.9"),
    ("뇌출혈", r"박|넘어|부딪|떨어|다치|사고", "S06.8"),
    ("요로결석", r"물콩팥|수신증|콩팥이 (?:부|늘)|신장이 (?:부|늘)", "N13.2"),
    ("요관결석", r"물콩팥|수신증|콩팥이 (?:부|늘)|신장이 (?:부|늘)", "N13.2"),
    ("급성 위장염", r"바이러스|노로|로타", "A08.4"),
)


_CLAUSE_ONLY = frozenset({"급성 위장염"})
_JOINTS = (("무릎", "M17.9"), ("고관절|사타구니", "M16.9"), ("엄지 밑|엄지손가락", "M18.9"), ("손가락", "M15.9"))


def joint_code(around: str) -> str | None:
    """The code of an osteoarthritis of the one joint that the words around name."""
    codes = {code for joint, code in _JOINTS if re.search(joint, around)}
    return codes.pop() if len(codes) == 1 else None


def injury_of(term: str, clause: str, around: str) -> tuple[str, str] | None:
    """Name and code of an injury at the site said in its clause, else in the words around; None without a site."""
    sites = _SITED.get(term)
    if sites is None:
        return None
    for words in (clause, around):
        places = [(match.start(), site, code) for said, site, code in sites if (match := re.search(said, words))]
        if places:
            _, site, code = min(places, key=lambda place: place[0]) if words is clause else places[0]
            return f"{site} {term}", code + _degree(clause) if len(code) == len("T20") else code
    return None


def _degree(words: str) -> str:
    compact = words.replace(" ", "")
    return "." + next((digit for said, digit in _DEGREES if re.search(said, compact)), "0")


def caused_code(term: str, clause: str, around: str) -> str | None:
    """The code of a disease by the cause said in its clause, else in the words around."""
    for words in (clause, around if term not in _CLAUSE_ONLY else clause):
        for name, cause, code in _CAUSED:
            if name == term and re.search(cause, words):
                return code
    return None


def cancer_code(around: str) -> str | None:
    """The code of a cancer of the one organ that the words around name."""
    codes = {code for organ, code in _CANCERS if re.search(organ, around)}
    return codes.pop() if len(codes) == 1 else None
