// The list of deliveries follows what happens; a row in which somebody is writing waits until they are done.

import { listen } from "./live.js";
import { keepTicking } from "./ago.js";

const page = document.querySelector("[data-deliveries]");
const body = page.querySelector("[data-rows]");
const said = page.querySelector("[data-said]");
let show = page.querySelector(".filters [aria-current]")?.dataset.show ?? "";

function draw() {
  const rows = [...body.children];
  for (const row of rows) row.hidden = show !== "" && row.dataset.held !== show;
  for (const link of page.querySelectorAll(".filters a")) {
    const key = link.dataset.show;
    link.querySelector("b").textContent = key ? rows.filter((row) => row.dataset.held === key).length : rows.length;
    if (key === show) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  page.querySelector("[data-list]").hidden = rows.length === 0;
  page.querySelector("[data-empty]").hidden = rows.length > 0;
}

const inUse = (row) => row.contains(document.activeElement) || row.querySelector("details[open]");

let asking;

async function ask() {
  asking = undefined;
  let answer;
  try {
    answer = await fetch("/deliveries/rows", { headers: { accept: "text/html" } });
  } catch {
    return; // the service is away: live.js says so, and a change is told again when it is back
  }
  if (!answer.ok) return;
  const table = document.createElement("template");
  table.innerHTML = `<table><tbody>${await answer.text()}</tbody></table>`;
  const fresh = [...table.content.querySelectorAll("tr")];
  const before = new Map([...body.children].map((row) => [row.dataset.id, row]));
  const gone = before.size - fresh.filter((row) => before.has(row.dataset.id)).length;
  body.replaceChildren(...fresh.map((row) => {
    const known = before.get(row.dataset.id);
    return known && inUse(known) ? known : row;
  }));
  draw();
  if (gone > 0) said.textContent = `${gone}건이 목록에서 사라졌습니다.`;
}

page.querySelector(".filters").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show = link.dataset.show;
  history.replaceState(null, "", link.href);
  draw();
});
keepTicking(page);
listen("/events", (name) => {
  if (name !== "encounter") asking ??= setTimeout(ask, 300);
}, { since: page.dataset.since });
