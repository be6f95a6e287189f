// The session's end: what somebody does on the page counts as use, a minute before the end the page says so, and
// then it leaves. Other modules save what was typed when they hear "scribe:session-ending" on the document.

const LOOK_MS = 5000;
const box = document.getElementById("session-end");

let ends = 0; // unused, as the clock of this page has it
let last = 0; // whatever happens
let used = false;
let told = Date.now(); // when the server last heard of use
let leaving = false;
let whole = 0; // seconds that the session lasts unused

// A minute before the end, or sooner where the whole is not much longer.
const warning = () => Math.min(60, whole / 3);
// Use is told a few times within the idle time, and at most once a minute.
const due = () => Date.now() - told > Math.max(LOOK_MS, Math.min(60, whole / 3) * 1000);
const left = () => (ends - Date.now()) / 1000;
const csrf = () => document.querySelector('input[name="csrf"]').value;

function set({ idle, longest }) {
  last = Date.now() + longest * 1000;
  ends = Math.min(Date.now() + idle * 1000, last);
  whole = Math.max(whole, idle);
}

async function ask(method) {
  const headers = method === "POST" ? { "x-csrf-token": csrf() } : {};
  const answer = await fetch("/api/session", { method, headers, credentials: "same-origin" });
  if (answer.status === 401) return void leave();
  if (!answer.ok) throw new Error(`the session answered ${answer.status}`);
  set(await answer.json());
  if (method === "POST") told = Date.now();
}

async function look() {
  if (leaving) return;
  try {
    if (box.open) {
      if (left() <= 0) await ask("GET");
      else if (left() > warning()) box.close();
    } else if (used && due() && left() > 0) {
      used = false;
      await ask("POST");
    } else if (left() <= warning()) {
      await ask("GET"); // another page of this browser may have been used
      if (!leaving && left() <= warning()) warn();
    }
  } catch {
    if (left() < 0) leave(); // nobody can tell that the session lasts
  }
}

function warn() {
  document.dispatchEvent(new CustomEvent("scribe:session-ending"));
  const whatever = ends >= last;
  for (const text of box.querySelectorAll("[data-while]")) text.hidden = (text.dataset.while === "longest") !== whatever;
  box.querySelector('[data-do="stay"]').hidden = whatever;
  box.querySelector("[role=alert]").hidden = true;
  box.showModal();
  count();
}

function count() {
  if (!box.open) return;
  box.querySelector("[data-seconds]").textContent = Math.max(0, Math.round(left()));
  if (left() <= 0) look();
  setTimeout(count, 1000);
}

async function stay() {
  try {
    await ask("POST");
    box.close();
  } catch {
    box.querySelector("[role=alert]").hidden = false;
  }
}

function leave() {
  if (leaving) return;
  leaving = true;
  document.dispatchEvent(new CustomEvent("scribe:session-over"));
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}&over=1`);
}

if (box) {
  set({ idle: Number(box.dataset.idle), longest: Number(box.dataset.longest) });
  for (const kind of ["keydown", "pointerdown", "input", "wheel", "touchmove"]) {
    addEventListener(kind, () => { used = true; }, { capture: true, passive: true });
  }
  box.addEventListener("cancel", (event) => { event.preventDefault(); stay(); });
  box.querySelector('[data-do="stay"]').addEventListener("click", stay);
  box.querySelector('[data-do="leave"]').addEventListener("click", () => {
    const form = document.querySelector('form[action="/sign-out"]');
    if (form) form.submit();
  });
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_MS);
}
