"""The statements of a note in plain text: a sentence each, in the prose and shorthand of clinicians."""

import re

_BULLET = re.compile(r"^[\s>*•·○●▪■□▶◦–-]+(?!\d)|^\s*(?:#\s?|\(?\d{1,2}[.)](?!\d)\s*|[①-⑳]\s*)")
_SECTION = re.compile(
    r"^(?:\[[^\]]{1,30}\]|<[^>]{1,30}>|(?:S|O|A|P|CC|PI|HPI|PMH|PHx|FHx|SHx|ROS|PE|Imp|Dx|Plan|Assessment|Subjective"
    r"|Objective|Subj|Obj|주관적?|객관적?|평가|계획|소견)\s?[:).]|#{1,6}\s)\s*",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^[^.,;()]{1,24}[:：]$|^\[[^\]]*\]$|^#{1,6}\s[^.,]{1,30}$|^[SOAP](?:\s?[/&]\s?[SOAP])*[:.)]?$")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Za-z]\.[A-Za-z]|vs|Dr|Mr|Ms|Mrs|Prof|No|approx|cf|etc|i\.e|e\.g|b\.i\.d|t\.i\.d|q\.i\.d|a\.m|p\.m|r\.o|s\.p|h\.s"
    r"|q\.d|p\.o|Tab|Cap|Inj|tab|cap|inj|St|temp|max|min))$"
)
_END = re.compile(r"[.?!](?=\s|$|[가-힣A-Z(])|[;；](?=\s|$)|\n")


def note_statements(text: str) -> list[str]:
    """The statements of a note, each as it is written, without bullets, numbering and headings.

    A line break, a semicolon and the stop of a sentence end a statement; the points of "38.2", "p.o." and "vs." do not,
    nor does anything within brackets.  Lists by commas and arrows ("158/96 → 152/88") stay together: what is denied or
    dated at their end belongs to all of it.
    """
    found = [piece for line in text.splitlines() for piece in _sentences(_bare(line))]
    return [piece for piece in found if len(piece) > 1 and re.search(r"[0-9A-Za-z가-힣]", piece)]


def _bare(line: str) -> str:
    """A line without its bullet and the letter of its section; nothing where it is only a heading."""
    bare = _BULLET.sub("", line).strip()
    if _HEADING.match(bare):
        return ""
    return _SECTION.sub("", bare).strip()


def _sentences(line: str) -> list[str]:
    pieces, start = [], 0
    for match in _END.finditer(line):
        before = line[start : match.start()]
        if match[0] == "." and _is_inside(line, match.start(), before):
            continue
        if match[0] != "\n" and before.count("(") > before.count(")"):
            continue
        pieces.append(line[start : match.end()].strip(" ;；"))
        start = match.end()
    return [piece for piece in (*pieces, line[start:].strip(" ;；")) if piece]


def _is_inside(line: str, point: int, before: str) -> bool:
    """Whether a point belongs to a number or an abbreviation, or numbers an item ("1. 고혈압")."""
    if re.match(r"\.\d", line[point:]) and re.search(r"\d$", before):
        return True
    return bool(_ABBREVIATED.search(before) or re.fullmatch(r"\s*\d{1,2}", before))
