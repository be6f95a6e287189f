// Key chords. The dialog of every page (base.html) lists the actions with the account's chords; this module listens.
//
//   <button data-key-action="next-open">          pressed by its chord: a link is followed, a field focused
//   registerAction("next-open", (event) => …)     called by its chord; returns what takes it back
//
// The names stand in scribe/web/keys.py. Where several elements carry the same action, the one nearest to the focus is
// meant; an action about one statement (data-here) does nothing to a statement that nobody is in, but goes to it.
// Chords are told by the key's place, so the state of the input method does not matter; while it composes a syllable
// they are silent. While a modal dialog is open, only what stands in it is reached.

const CAPS = {
  ArrowUp: "↑", ArrowDown: "↓", Enter: "Enter", Delete: "Delete", Slash: "/", Comma: ",", Period: ".", Semicolon: ";",
  Quote: "'", BracketLeft: "[", BracketRight: "]", Minus: "-", Equal: "=", Backslash: "\\",
};

const dialog = document.getElementById("keys-help");
const rows = [...(dialog?.querySelectorAll("[data-key]") ?? [])];
const bindings = new Map(rows.filter((row) => row.dataset.chord).map((row) => [row.dataset.chord, row]));
const chords = new Map(rows.map((row) => [row.dataset.key, row]));
const handlers = new Map();

export function registerAction(name, handler) {
  if (dialog && !chords.has(name)) throw new Error(`no key action is called ${name}: add it to scribe/web/keys.py`);
  handlers.set(name, handler);
  return () => {
    if (handlers.get(name) === handler) handlers.delete(name);
  };
}

export function chordOf(event) {
  const held = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", event.metaKey && "Meta"];
  return [...held.filter(Boolean), event.code].join("+");
}

// What stands on the pressed keys; null where the key is a modifier or no chord can hold it.
export function capsOf(event) {
  const cap = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1] ?? CAPS[event.code];
  if (!cap || event.metaKey) return null;
  return [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", cap].filter(Boolean);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.getModifierState("AltGraph")) return;
  const row = bindings.get(chordOf(event));
  if (row && perform(row, event)) event.preventDefault();
});

function perform(row, event) {
  const name = row.dataset.key;
  const modal = document.querySelector("dialog:modal");
  const handler = modal ? null : handlers.get(name);
  if (handler) {
    handler(event);
    return true;
  }
  const offered = offers(name, modal ?? document);
  if (!offered.length) return false;
  const near = nearest(offered);
  if (near) use(near);
  else if ("here" in row.dataset) reveal(offered[0]);
  else use(offered[0]);
  return true;
}

function offers(name, within) {
  const found = [...within.querySelectorAll(`[data-key-action="${CSS.escape(name)}"]`)];
  return found.filter((one) => !one.disabled && one.getAttribute("aria-disabled") !== "true" && one.checkVisibility());
}

function nearest(offered) {
  for (const place of [document.activeElement, document.querySelector("main .active")]) {
    for (let around = place; around && !around.matches("main, body, html"); around = around.parentElement) {
      const inside = offered.find((one) => around.contains(one));
      if (inside) return inside;
    }
  }
  return null;
}

function use(element) {
  if (element.matches("input:not([type=submit], [type=button], [type=checkbox]), select, textarea")) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

function reveal(element) {
  element.scrollIntoView({ block: "center" });
  element.focus();
}

// What the pointer or the focus rests on says its chord.
for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, (event) => tell(event.target));

function tell(target) {
  const element = target.closest?.("[data-key-action]");
  const row = element && chords.get(element.dataset.keyAction);
  if (!row?.dataset.chord || element.hasAttribute("aria-keyshortcuts")) return;
  element.setAttribute("aria-keyshortcuts", row.dataset.caps);
  const about = element.title || (element.matches("input, select, textarea") ? row.dataset.label : element.ariaLabel ?? element.textContent.trim());
  element.title = `${about} (${row.dataset.caps})`;
}

// The list shows what this page can be told now.
dialog?.addEventListener("beforetoggle", (event) => {
  if (event.newState !== "open") return;
  for (const row of rows) row.hidden = !(handlers.has(row.dataset.key) || offers(row.dataset.key, document).length);
  for (const group of dialog.querySelectorAll("tbody")) group.hidden = !group.querySelector("[data-key]:not([hidden])");
});
