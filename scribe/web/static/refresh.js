// A page that waits for a consultation follows its changes, and is drawn anew where something changed.
//
// Where no stream comes through (a proxy that holds it back), it asks by itself every few seconds. Asking counts as use
// of the session, so that ends after a while: else nobody would ever be signed out.

import { listen } from "./live.js";

const PATIENCE_MS = 8000;
const EVERY_MS = 5000;
const LONGEST_MS = 10 * 60 * 1000;
const opened = Date.now();
const shown = () => document.querySelector("[data-refresh]");
let timer = setTimeout(poll, PATIENCE_MS);
let busy = false;
let again = false;

async function look() {
  if (busy) return void (again = true);
  busy = true;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (answer.redirected) return void location.reload();
    draw(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    again = false; // the service is away; the stream, or the next turn, tells
  } finally {
    busy = false;
  }
  if (again) {
    again = false;
    look();
  }
}

function draw(page) {
  const fresh = page.querySelector("[data-refresh]");
  if (!fresh) return void location.reload();
  const badge = document.querySelector(".patient-bar .badge");
  const freshBadge = page.querySelector(".patient-bar .badge");
  if (badge && freshBadge) badge.replaceWith(document.adoptNode(freshBadge));
  if (fresh.innerHTML !== shown().innerHTML) {
    const focused = document.activeElement?.getAttribute("href");
    shown().replaceWith(document.adoptNode(fresh));
    if (focused) document.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  }
  if (!shown().dataset.refresh) rest();
}

function poll() {
  look();
  if (Date.now() - opened < LONGEST_MS) timer = setTimeout(poll, EVERY_MS);
}

function rest() {
  clearTimeout(timer);
  stop();
}

const stop = listen(shown().dataset.refresh, look, {
  link: (state) => {
    clearTimeout(timer);
    if (state === "lost") timer = setTimeout(poll, PATIENCE_MS);
    else look(); // what came in between; signed out, the page leads to the door
  },
});
