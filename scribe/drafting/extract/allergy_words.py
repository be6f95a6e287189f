"""How an allergy is told: what was taken or touched, what happened, and how somebody asks for it or denies it."""

import re

WORD = re.compile(r"알레르기|알러지|앨러지|알르레기")
# "알레르기 비염": a disease, no question for allergies
_DISEASE = re.compile(r"(?:알레르기|알러지)성?\s?(?:비염|결막염|천식|피부염|검사|피검사|내과|약)")
EXPOSURE = re.compile(
    r"(?:먹|묵|맞|맞았|드시|들|바르|발라|쓰|썼|마시|붙이|붙였|끼|닿|쏘이|쏘였|물리|물렸|찍|하|넣|차|입|심|만지|"
    r"들이마시)"
    r"(?:고|은 뒤|은 다음|은 후|으면|면|을 때|ㄹ 때|기만 하면|자마자|다가|으니까|니까|었는데|았는데|는데|"
    r"었더니|더니|고서|고 나서|고는|은 게|은 거)"
)
_REACTIONS = (
    ("아나필락시스", r"아나필락시스|쇼크|기절|실신|쓰러[지졌진]|의식을? 잃"),
    ("두드러기", r"두드러기"),
    ("발진", r"발진|뭐가 (?:막 |잔뜩 )?[나났]|반점|붉은 거"),
    ("홍조", r"빨개|빨갛|벌개|벌겋|벌게|붉어|화끈"),
    ("가려움", r"가려|가렵|간지러|간지럽|근질"),
    ("호흡곤란", r"숨이? ?(?:차|막|안 쉬)|숨쉬기|호흡곤란|목(?:이|구멍이) (?:조|막|붓|부)|쌕쌕"),
    ("부종", r"부었|부은|붓|부어|부풀|부르트|탱탱|퉁퉁"),
    ("물집", r"물집|살이 벗겨|피부가 벗겨|허물|까졌"),
    ("구토", r"토하|토했|토해"),
)
HAD = re.compile(
    r"적(?:은|이|도)?\s?있|던 (?:것|거|적)|있어요|있었|있습|있어서|있고|있는데|있거든|있으니|났|났었|났어|나서|"
    r"나 가지고|나가지고|올라왔|올라와|"
    r"올라오|부었|부어|"
    r"부은|가려웠|가려워|빨개|벌게|갔었|알레르기가 있|있다고|있대|심해|나요|나더라|나던|난대|생겨|생겼|생기|돋|"
    r"일어나|"
    r"뒤집어|죽을 뻔|실려|쓰러졌|했었|했어요|됐어요|돼요|막혀|막혔|조여|터졌|못 먹|안 먹"
)
DENIED = re.compile(r"안 (?:났|나|그래|그랬)|[나]지는? 않|없|아니")
_ASKS = re.compile(r"알레르기|알러지|두드러기|발진|과민|안 맞는|못 (?:먹|드시|쓰)는 (?:약|음식)|토한 음식|부풀거나")
_ASKS_PAST = re.compile(r"부작용|이상|문제|탈|고생|가렵|안 좋았")
_EVER = re.compile(r"적\b|적(?:은|이|도|요|\s)|있었|있으셨|없으셨")
_DRUG = re.compile(r"약|주사|항생제|진통제|조영제|마취")
_FOOD = re.compile(r"음식|식품|먹는 (?:거|것)|먹고 나서|과일|해산물")


def reaction(words: str) -> str | None:
    """The allergic reactions that the words name, as a record lists them."""
    said = [name for name, pattern in _REACTIONS if re.search(pattern, words)]
    return ", ".join(said) if said else None


def names_allergy(words: str) -> bool:
    """The word itself, not as part of a disease ("알레르기 비염")."""
    return bool(WORD.search(_DISEASE.sub("", words)))


def asks_for(sentence: str) -> frozenset[str]:
    """What a question for allergies is about: "drug", "food" or both; empty where it asks something else.

    The bare word ("알레르기는요?") counts as a question for drugs.
    """
    words = _DISEASE.sub("", sentence)
    asks = bool(_ASKS.search(words)) and (names_allergy(words) or bool(_DRUG.search(words) or _FOOD.search(words)))
    if not asks and not (_ASKS_PAST.search(words) and _EVER.search(words) and _DRUG.search(words)):
        return frozenset()
    food = bool(_FOOD.search(words))
    drug = bool(_DRUG.search(words)) or not food
    return frozenset(kind for kind, is_asked in (("drug", drug), ("food", food)) if is_asked)
