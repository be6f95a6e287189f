// The live text: stable words are appended and stay; the tentative rest is replaced with each event.

import { clock, make, write } from "./words.js";

const PAUSE = 1.6; // seconds between words that begin a new line

const text = document.getElementById("text");
const stable = document.getElementById("stable");
const empty = document.getElementById("empty");
const toEnd = document.getElementById("to-end");
const tentative = make("span", { class: "tentative" });

let shown = { recording: null, generation: -1, count: 0, last: 0 };
let following = true;

text.addEventListener("scroll", () => {
  following = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
  toEnd.hidden = following;
});
toEnd.addEventListener("click", () => {
  following = true;
  scroll();
  text.focus();
});

/** Shows an event; false where it does not continue what is shown and all of it has to be fetched. */
export function show(event) {
  const again = event.recording !== shown.recording || event.generation !== shown.generation;
  if (again && event.from > 0) return false;
  if (again) clear(event);
  if (event.from > shown.count) return false;
  for (const word of event.words.slice(shown.count - event.from)) append(word);
  write(tentative, event.tentative ? ` ${event.tentative}` : "");
  if (event.tentative || shown.count) line().append(tentative);
  empty.hidden = shown.count > 0 || Boolean(event.tentative);
  scroll();
  return true;
}

/** What stands there while nothing has been said. */
export function explain(sentence) {
  write(empty, sentence);
}

function clear(event) {
  shown = { recording: event.recording, generation: event.generation, count: 0, last: 0 };
  tentative.remove();
  stable.replaceChildren();
}

function append([word, start]) {
  if (!stable.lastElementChild || start - shown.last > PAUSE) {
    const paragraph = make("p");
    paragraph.append(make("span", { class: "at" }, clock(start)));
    stable.append(paragraph);
  }
  const into = line();
  tentative.remove();
  into.append(` ${word}`);
  shown.count += 1;
  shown.last = start;
}

function line() {
  if (!stable.lastElementChild) stable.append(make("p"));
  return stable.lastElementChild;
}

function scroll() {
  if (following) text.scrollTop = text.scrollHeight;
}
