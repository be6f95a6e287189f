// The check of the equipment: one line each, with what to do.

import { ask } from "./connection.js";
import { make, write } from "./words.js";

const panel = document.getElementById("doctor");
const summary = document.getElementById("doctor-summary");
const list = document.getElementById("checks");
const MARKS = { ok: "✓", warning: "!", failed: "✗" };
const SPOKEN = { ok: "정상", warning: "주의", failed: "문제" };

/** `attempt` runs an action and shows what the agent refuses. */
export function prepare(attempt) {
  const check = () => attempt(run);
  panel.addEventListener("toggle", () => panel.open && !list.children.length && check());
  document.getElementById("check").addEventListener("click", check);
}

async function run() {
  write(summary, "점검하는 중… (몇 초 걸립니다)");
  panel.setAttribute("aria-busy", "true");
  try {
    const found = await ask("/api/doctor");
    list.replaceChildren(...found.checks.map(line));
    write(summary, found.summary);
  } catch (error) {
    write(summary, "점검하지 못했습니다");
    throw error;
  } finally {
    panel.removeAttribute("aria-busy");
  }
}

function line(check) {
  const item = make("li", { class: check.status });
  const mark = make("span", { class: "mark", "aria-hidden": "true" }, MARKS[check.status]);
  const what = make("span", { class: "what" });
  what.append(make("span", { class: "sr" }, `${SPOKEN[check.status]}: `), check.finding);
  if (check.advice) what.append(" ", make("span", { class: "do" }, check.advice));
  item.append(mark, make("span", { class: "name" }, check.title), what);
  return item;
}
