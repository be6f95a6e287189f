// The fields of the page of key chords: a chord pressed in one is written into it.
import { capsOf } from "./keys.js";

document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-key-field]")) return;
  if (event.isComposing || event.keyCode === 229) return;
  const caps = capsOf(event);
  if (!caps || !(event.altKey || event.ctrlKey)) return;
  if (event.ctrlKey && !event.altKey && /^Key[ACVXZY]$/.test(event.code)) return;
  event.preventDefault();
  event.stopPropagation();
  event.target.value = caps.join("+");
}, { capture: true });
