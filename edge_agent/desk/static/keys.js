// The keyboard: chords of the left Alt with physical keys, so that a Korean input method changes nothing.

/** `chords` holds a function for each `event.code`; `help` opens the list of them. */
export function listen(chords, help) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.repeat) return;
    const asked = event.key === "?" || (event.code === "Slash" && event.shiftKey);
    if ((event.code === "Slash" && event.altKey) || (asked && !typing(event.target))) {
      event.preventDefault();
      help();
      return;
    }
    const chord = event.altKey && !event.shiftKey ? chords[event.code] : undefined;
    if (!chord || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    chord();
  });
}

/** Lets 1 and 2 choose while the focus is within `group`. */
export function digits(group, options) {
  group.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const option = options[event.code.replace(/^(Digit|Numpad)/, "")];
    if (!option) return;
    event.preventDefault();
    option.click();
    option.focus();
  });
}

function typing(element) {
  return element.matches("input:not([type=radio]), textarea, select, [contenteditable]");
}
