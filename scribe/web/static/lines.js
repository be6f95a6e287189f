// The lines of the transcript: which characters stand where on the page, and when each word sounds.
//
// A line's words are text, with elements only where a run of them looks different. The server counts characters as
// code points; the page counts UTF-16 units, which differ in texts with rare characters alone.

const times = new WeakMap();

export const idOf = (line) => line.id.slice("utterance-".length);
export const lineOf = (id) => document.getElementById(`utterance-${id}`);
export const wordsOf = (line) => line.querySelector(".words");
export const speakerOf = (line) => line.classList.item(1);
export const fromOf = (line) => Number(line.dataset.f);
export const untilOf = (line) => Number(line.dataset.e);

function* textNodes(line) {
  const walker = document.createTreeWalker(wordsOf(line), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(".correction")) yield walker.currentNode;
}

export function textOf(line) {
  return [...textNodes(line)].map((node) => node.data).join("");
}

function units(text, at) {
  return /[\ud800-\udbff]/.test(text) ? [...text].slice(0, at).join("").length : at;
}

// The pieces of text between two characters of a line, one range a text node: corrections stand between them.
export function rangesOf(line, start, end) {
  const text = textOf(line);
  const [first, last] = [units(text, start), units(text, end)];
  const ranges = [];
  let at = 0;
  for (const node of textNodes(line)) {
    const [low, high] = [Math.max(first - at, 0), Math.min(last - at, node.length)];
    if (low < high) {
      const range = document.createRange();
      range.setStart(node, low);
      range.setEnd(node, high);
      ranges.push(range);
    }
    at += node.length;
  }
  return ranges;
}

// The words of a line with the moment each begins and ends, in order of time.
export function timesOf(line) {
  if (!times.has(line)) times.set(line, readTimes(line));
  return times.get(line);
}

function readTimes(line) {
  const text = textOf(line);
  const from = fromOf(line);
  const begins = [...text.matchAll(/\S+/g)].map((match) => [match.index, match.index + match[0].length]);
  const numbers = (line.dataset.t ?? line.dataset.w ?? "").split(" ").filter(Boolean).map(Number);
  const starts = line.dataset.t === undefined ? pairs(numbers) : numbers.map((time, place) => [begins[place]?.[0], time]);
  const known = starts.filter(([start]) => start !== undefined);
  return known.map(([start, time], place) => ({
    start,
    end: begins.find(([low, high]) => low <= start && start < high)?.[1] ?? start + 1,
    at: from + time / 100,
    until: place + 1 < known.length ? from + known[place + 1][1] / 100 : untilOf(line),
  }));
}

function pairs(numbers) {
  const out = [];
  for (let place = 0; place + 1 < numbers.length; place += 2) out.push([numbers[place], numbers[place + 1]]);
  return out;
}

// The last of `items` that begins by `seconds`, by binary search; -1 before the first.
export function latest(items, seconds, begin) {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (begin(items[middle]) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// The moment at which the word under a point of the page is said; the line's own where its words have no times.
export function momentAt(line, x, y) {
  const place = document.caretPositionFromPoint?.(x, y);
  const [node, offset] = place ? [place.offsetNode, place.offset] : caretRange(x, y);
  let at = 0;
  for (const one of textNodes(line)) {
    if (one === node) return wordAt(line, at + offset)?.at ?? fromOf(line);
    at += one.length;
  }
  return fromOf(line);
}

function caretRange(x, y) {
  const range = document.caretRangeFromPoint?.(x, y);
  return range ? [range.startContainer, range.startOffset] : [null, 0];
}

function wordAt(line, offset) {
  const words = timesOf(line);
  return words[latest(words, offset, (word) => word.start)] ?? words[0];
}

export function scrollInto(pane, element, share = 1 / 3) {
  const box = element.getBoundingClientRect();
  const frame = pane.getBoundingClientRect();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const top = pane.scrollTop + box.top - frame.top - frame.height * share;
  pane.scrollTo({ top, behavior: still ? "auto" : "smooth" });
}
