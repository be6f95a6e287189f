"use strict";
// Joins facts and statements with the words they rest on.  A case works alone: its ids never reach another.

const each = (root, selector, act) => root.querySelectorAll(selector).forEach(act);

function spans(cites) {
  return cites.split(" ").filter(Boolean).map((item) => {
    const [turn, range] = item.split(":");
    const [from, to] = range.split("-").map(Number);
    return { turn, from, to };
  });
}

function darken(kase) {
  each(kase, ".lit, .lit-turn, .active", (node) => node.classList.remove("lit", "lit-turn", "active"));
}

function light(kase, source) {
  darken(kase);
  source.classList.add("active");
  for (const turn of (source.dataset.gold || "").split(" ").filter(Boolean)) {
    kase.querySelector(`[data-turn="${turn}"]`)?.classList.add("lit-turn");
  }
  for (const { turn, from, to } of spans(source.dataset.cites || "")) {
    each(kase, `[data-turn="${turn}"] [data-from]`, (piece) => {
      if (Number(piece.dataset.from) < to && from < Number(piece.dataset.to)) piece.classList.add("lit");
    });
  }
}

function show(kase) {
  const first = kase.querySelector(".talk .lit") || kase.querySelector(".talk .lit-turn");
  const list = kase.querySelector(".talk ol");
  if (!first || list.scrollHeight <= list.clientHeight) return;
  const box = first.closest("li").getBoundingClientRect();
  const frame = list.getBoundingClientRect();
  if (box.top < frame.top || box.bottom > frame.bottom) list.scrollTop += box.top - frame.top - frame.height / 3;
}

function watch(kase) {
  const source = (event) => event.target.closest("[data-cites]");
  kase.addEventListener("pointerover", (event) => {
    const found = source(event);
    if (found) light(kase, found);
    const turn = event.target.closest("[data-turn]");
    if (turn) related(kase, turn);
  });
  kase.addEventListener("focusin", (event) => {
    const found = source(event);
    if (found) { light(kase, found); show(kase); }
  });
  kase.addEventListener("click", (event) => { if (source(event)) show(kase); });
}

// The facts and statements that rest on an utterance.
function related(kase, turn) {
  darken(kase);
  const id = turn.dataset.turn;
  turn.classList.add("lit-turn");
  each(kase, "[data-cites]", (node) => {
    const cited = spans(node.dataset.cites || "").some((item) => item.turn === id);
    const wanted = (node.dataset.gold || "").split(" ").includes(id);
    if (cited || wanted) node.classList.add("active");
  });
}

function tabs(kase, number) {
  const list = kase.querySelector(".tabs");
  const panels = [...kase.querySelectorAll(".tab")];
  const open = (at, focus) => panels.forEach((panel, index) => {
    const button = list.children[index];
    panel.hidden = index !== at;
    button.setAttribute("aria-selected", String(index === at));
    button.tabIndex = index === at ? 0 : -1;
    if (index === at && focus) button.focus();
  });
  panels.forEach((panel, index) => {
    panel.id = `panel-${number}-${index}`;
    panel.setAttribute("role", "tabpanel");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = panel.dataset.title;
    button.setAttribute("role", "tab");
    button.setAttribute("aria-controls", panel.id);
    button.addEventListener("click", () => open(index, false));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) open((index + step + panels.length) % panels.length, true);
    });
    list.append(button);
  });
  list.hidden = false;
  open(0, false);
}

function filters(kase) {
  const group = kase.querySelector(".filters");
  group.hidden = false;
  each(group, "button", (button) => button.addEventListener("click", () => {
    each(group, "button", (other) => other.setAttribute("aria-pressed", String(other === button)));
    kase.classList.toggle("only-wrong", button.dataset.show === "wrong");
    each(kase, ".facts", (list) => {
      const empty = button.dataset.show === "wrong" && !list.querySelector(".fact:not(.found)");
      list.hidden = empty;
      list.previousElementSibling.hidden = empty;
    });
  }));
}

function openNamed() {
  const kase = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (kase instanceof HTMLDetailsElement) { kase.open = true; kase.scrollIntoView(); }
}

each(document, ".case", (kase, number) => { watch(kase); tabs(kase, number); filters(kase); });
addEventListener("hashchange", openNamed);
addEventListener("beforeprint", () => each(document, ".case", (kase) => { kase.open = true; }));
openNamed();
