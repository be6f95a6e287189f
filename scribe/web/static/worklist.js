// The list of consultations: rows follow what happens, whatever is being typed, read or pointed at meanwhile.

import { keepTicking } from "./ago.js";
import { listen } from "./live.js";
import { found } from "./search.js";

const MOST_ROWS = 100; // as many as the service gives at once
const page = document.querySelector("[data-worklist]");
const search = document.getElementById("search");
const physician = document.getElementById("physician");
const department = document.getElementById("department");
const said = page.querySelector("[data-said]");
const day = page.dataset.day;
let state = page.querySelector(".filters [aria-current]")?.dataset.state ?? "";

const rows = () => [...page.querySelectorAll("tr[data-id]")];
const rowOf = (id) => page.querySelector(`tr[data-id="${CSS.escape(id)}"]`);

// ---- what is shown of it

const searched = (row) =>
  found(search.value, row.dataset.name, row.dataset.number) &&
  (!physician?.value || row.dataset.physician === physician.value) &&
  (!department?.value || row.dataset.department === department.value);

function show() {
  const counts = new Map();
  let shown = 0;
  const all = rows();
  for (const row of all) {
    const matches = searched(row);
    if (matches) counts.set(row.dataset.state, (counts.get(row.dataset.state) ?? 0) + 1);
    row.hidden = !matches || (state !== "" && row.dataset.state !== state);
    shown += !row.hidden;
  }
  for (const link of page.querySelectorAll(".filters a")) {
    const key = link.dataset.state;
    const count = key ? (counts.get(key) ?? 0) : [...counts.values()].reduce((sum, one) => sum + one, 0);
    link.querySelector("b").textContent = count;
    link.hidden = key !== "" && key !== state && count === 0;
    if (key === state) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const list of page.querySelectorAll("[data-list]")) {
    const visible = list.querySelectorAll("tr[data-id]:not([hidden])").length;
    list.hidden = visible === 0;
    const count = list.querySelector("[data-count]");
    if (count) count.textContent = visible;
  }
  page.querySelector("[data-nothing]").hidden = shown > 0 || all.length === 0;
  const empty = page.querySelector("[data-empty]");
  if (empty) empty.hidden = all.some((row) => row.closest('[data-list="day"]'));
}

function narrow(event) {
  const link = event.target.closest(".filters a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  state = link.dataset.state;
  remember();
  show();
}

/** The chosen state and department stand in the address, and go along to other days. */
function remember() {
  const chosen = { state, department: department?.value ?? "" };
  const kept = (href, wanted) => {
    const address = new URL(href, location.href);
    for (const [name, value] of Object.entries(wanted)) {
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    return address.pathname + address.search;
  };
  for (const link of page.querySelectorAll("a[data-keep]")) link.setAttribute("href", kept(link.href, chosen));
  for (const link of page.querySelectorAll(".filters a")) {
    link.setAttribute("href", kept(link.href, { ...chosen, state: link.dataset.state }));
  }
  if (day) history.replaceState(null, "", kept(location.href, chosen));
}

/** A department that comes in with a new row can be chosen too. */
function offerDepartments() {
  if (!department) return;
  const known = new Set([...department.options].map((option) => option.value));
  for (const row of rows()) {
    const { department: code, departmentName: name } = row.dataset;
    if (!known.has(code)) {
      known.add(code);
      department.add(new Option(name, code));
    }
  }
  department.closest("[data-departments]").hidden = known.size < 3 && !department.value; // "모두" and one
}

function showAll() {
  search.value = "";
  if (physician) physician.value = "";
  if (department) department.value = "";
  state = "";
  remember();
  show();
  search.focus();
}

// ---- what happens meanwhile

const changed = new Set();
let asking;

function heard(name, data) {
  if (name === "deliveries") return;
  if (name === "anew") for (const row of rows()) changed.add(row.dataset.id);
  else changed.add(data.encounter);
  asking ??= setTimeout(ask, 150); // several changes of a moment are asked for together
}

async function ask() {
  const ids = [...changed].slice(0, MOST_ROWS);
  for (const id of ids) changed.delete(id);
  const address = new URL("/encounters/rows", location.href);
  for (const id of ids) address.searchParams.append("id", id);
  try {
    const answer = ids.length ? await fetch(address, { headers: { accept: "text/html" } }) : null;
    if (answer?.ok) put(ids, await answer.text());
    else if (answer?.status >= 500) for (const id of ids) changed.add(id);
  } catch {
    for (const id of ids) changed.add(id); // the service is away: live.js says so, and comes back
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  asking = changed.size ? setTimeout(ask, 150) : undefined;
}

function put(ids, html) {
  const table = document.createElement("template");
  table.innerHTML = `<table><tbody>${html}</tbody></table>`;
  const fresh = new Map([...table.content.querySelectorAll("tr[data-id]")].map((row) => [row.dataset.id, row]));
  const tell = [];
  for (const id of ids) {
    const before = rowOf(id);
    const after = fresh.get(id);
    if (before && after) replace(before, after, tell);
    else if (before) before.remove();
    else if (after && after.dataset.day === day) add(after, tell);
  }
  for (const body of page.querySelectorAll("[data-sorted]")) sort(body);
  offerDepartments();
  show();
  if (tell.length) said.textContent = tell.join(" ");
}

function replace(before, after, tell) {
  const focused = before.contains(document.activeElement) ? document.activeElement.className : null;
  const moved = before.dataset.state !== after.dataset.state;
  before.replaceWith(after);
  if (focused !== null) after.querySelector(`a.${CSS.escape(focused)}`)?.focus({ preventScroll: true });
  if (moved) notice(after, tell);
}

function add(row, tell) {
  page.querySelector('[data-list="day"] [data-rows]').append(row);
  notice(row, tell);
}

function notice(row, tell) {
  row.classList.add("moved");
  tell.push(`${row.dataset.name} 님: ${row.querySelector(".badge").textContent.trim()}.`);
}

/** Into the order of things to do; what has the focus keeps it, and rows in their place are not touched. */
function sort(body) {
  const focused = body.contains(document.activeElement) ? document.activeElement : null;
  const key = (row) => [Number(row.dataset.rank), Number(row.dataset.order)];
  const wanted = [...body.children].sort((a, b) => key(a)[0] - key(b)[0] || key(a)[1] - key(b)[1]);
  wanted.forEach((row, place) => {
    if (body.children[place] !== row) body.insertBefore(row, body.children[place]);
  });
  if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

// A device that falls silent tells nobody: what it recorded is asked for.
function askForRecordings() {
  for (const row of page.querySelectorAll('tr[data-state="recording"]')) heard("encounter", { encounter: row.dataset.id });
}

search.addEventListener("input", show);
physician?.addEventListener("change", show);
department?.addEventListener("change", () => {
  remember();
  show();
});
page.querySelector(".filters").addEventListener("click", narrow);
page.querySelector("[data-show-all]").addEventListener("click", showAll);
page.querySelector("[data-physicians]")?.removeAttribute("hidden");
offerDepartments();
keepTicking(page, askForRecordings);
show();
listen("/events", heard, { since: page.dataset.since });
