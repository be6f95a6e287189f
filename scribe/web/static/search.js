// Finding people as Koreans type them: by a part of the name, its initial consonants, or the number. The same as
// scribe/web/worklist/korean_search.py does for all days.

const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const FIRST = 0xac00;
const SYLLABLES = 11172;
const FINALS = 28;

export const folded = (text) => text.normalize("NFC").replace(/[\s-]+/gu, "").toLowerCase();

/** Whether one of `texts` has `query` in it; an empty query is in everything. */
export function found(query, ...texts) {
  const wanted = [...folded(query)];
  return wanted.length === 0 || texts.some((text) => within(wanted, [...folded(text)]));
}

function within(wanted, text) {
  for (let place = 0; place + wanted.length <= text.length; place++) {
    if (wanted.every((typed, index) => standsFor(typed, text[place + index]))) return true;
  }
  return false;
}

// A consonant stands for the syllables that begin with it, an open syllable for those that only add a final consonant:
// what is half typed finds already what it is going to be.
function standsFor(typed, letter) {
  if (typed === letter) return true;
  const syllable = letter.codePointAt(0) - FIRST;
  if (syllable < 0 || syllable >= SYLLABLES) return false;
  if (INITIALS.includes(typed)) return INITIALS[Math.floor(syllable / (21 * FINALS))] === typed;
  const open = typed.codePointAt(0) - FIRST;
  return open >= 0 && open < SYLLABLES && open % FINALS === 0 && Math.floor(syllable / FINALS) === open / FINALS;
}
