// Structured entries: a field is saved when it is left or chosen, and what rests on it is drawn anew at once.
import { Combobox } from "./combobox.js";

const DAY_MS = 86_400_000;
const NUMBERS = new Set(["dose_value", "times_per_day", "duration_days", "in_days"]);

export class Entries {
  constructor(editor, player, openPanel) {
    this.editor = editor;
    this.root = editor.root;
    this.player = player;
    this.openPanel = openPanel;
    this.answering = null;
    this.codes = new WeakMap();
    this.going = new Map();
    this.combobox = new Combobox(
      this.root.ownerDocument, document.getElementById("term-list"), document.getElementById("term-count"),
      (kind, query) => this.#search(kind, query), (field, term) => this.#chosen(field, term),
    );
    const flush = editor.flush;
    editor.flush = async () => {
      await this.flush();
      await flush();
    };
    this.#listen();
  }

  // Everything typed into fields so far is on the server when this resolves.
  async flush() {
    for (const field of this.root.querySelectorAll(".entry .unsaved[data-field]")) await this.#save(field);
    await Promise.all(this.going.values());
  }

  #listen() {
    const { root } = this;
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-entry-act]");
      if (button) void this.#act(button.dataset.entryAct, button);
    });
    root.addEventListener("input", (event) => {
      if (!event.target.matches?.(".entry [data-field]")) return;
      event.target.classList.add("unsaved");
      this.editor.notices.say("수정 중…", true);
    });
    root.addEventListener("change", (event) => {
      if (event.target.matches?.(".entry [data-field]")) void this.#save(event.target);
      if (event.target.matches?.(".entry-new [list=vital-names]")) this.#fillUnit(event.target);
    });
    root.addEventListener("submit", (event) => {
      if (!event.target.matches(".entry-new")) return;
      event.preventDefault();
      void this.#add(event.target);
    });
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("dragstart", (event) => this.#drag(event));
    root.addEventListener("dragover", (event) => this.#over(event));
    root.addEventListener("drop", (event) => void this.#drop(event));
    root.addEventListener("dragend", () => this.#dropped());
    addEventListener("pagehide", () => {
      for (const field of root.querySelectorAll(".entry .unsaved[data-field]")) this.editor.draft.leave(this.#edit(field), this.editor.shownAt(field));
    });
  }

  async #act(name, button) {
    const { editor } = this;
    const entry = button.dataset.entry;
    const acts = {
      play: () => this.player.playSpans([[Number(button.dataset.from), Number(button.dataset.to)]]),
      add: () => this.#open(button.dataset.kind ?? document.getElementById("new-kind").value),
      cancel: () => this.#cancel(button.closest(".entry-new")),
      restore: () => editor.structural({ op: "restore_entry", entry }, `entry-${entry}`, button),
      choose: () => editor.structural(choiceOf(button), undefined, button),
      correct: () => this.#correct(entry, button.dataset.flag),
      up: () => this.#move(button.closest(".entry"), -1),
      down: () => this.#move(button.closest(".entry"), 1),
      primary: () => this.#first(button.closest(".entry")),
    };
    await acts[name]?.();
  }

  // --- one field --------------------------------------------------------------------------------

  // Saves what stands in the field; one that is being saved is waited for.
  #save(field) {
    if (!this.going.has(field) && field.isConnected) {
      this.going.set(field, this.#saved(field).finally(() => this.going.delete(field)));
    }
    return this.going.get(field);
  }

  async #saved(field) {
    const value = valueOf(field);
    const code = this.codes.get(field);
    if (value === (field.dataset.was ?? "") && !code) {
      field.classList.remove("unsaved");
      return;
    }
    if (field.required && !value) {
      field.setAttribute("aria-invalid", "true");
      this.editor.notices.say("비워 둘 수 없습니다", true);
      return;
    }
    const edit = this.#edit(field);
    field.dataset.saving = "yes";
    const answer = await this.editor.send(edit, field, (found) => this.#given(field, found));
    delete field.dataset.saving;
    field.toggleAttribute("aria-invalid", false);
    if (!answer) {
      field.setAttribute("aria-invalid", "true");
      return;
    }
    this.codes.delete(field);
    if (edit.flag !== undefined) this.answering = null;
    field.dataset.was = value;
    if (!answer.merged) field.closest(".entry").dataset.at = answer.version;
    if (valueOf(field) === value) field.classList.remove("unsaved");
    this.editor.redraw(answer, true);
  }

  // Somebody else changed the entry first: what they wrote is shown, and the notice says so.
  #given(field, found) {
    delete field.dataset.saving;
    field.classList.remove("unsaved");
    this.editor.redraw(found, true);
    return false;
  }

  #edit(field) {
    const holder = field.closest("[data-entry]");
    const edit = { op: "change_entry", entry: holder.dataset.entry, fields: this.#fields(field, holder) };
    if (this.answering?.entry === edit.entry) edit.flag = this.answering.flag;
    return edit;
  }

  #fields(field, holder) {
    const name = field.dataset.field;
    const value = valueOf(field);
    if (name === "dose_value" || name === "dose_unit") return { dose: doseOf(holder) };
    if (name === "date") return { in_days: value ? this.#daysUntil(value) : null };
    if (name === "as_needed") return { as_needed: field.checked, frequency: holder.querySelector("[data-field=frequency]").value };
    const code = this.codes.get(field);
    const sent = NUMBERS.has(name) ? (value === "" ? null : value) : value || null;
    return code === undefined ? { [name]: sent } : { [name]: sent, code };
  }

  #daysUntil(day) {
    const visit = document.getElementById("entries").dataset.day;
    return Math.round((Date.parse(day) - Date.parse(visit)) / DAY_MS);
  }

  // --- terms ------------------------------------------------------------------------------------

  async #search(kind, query) {
    const answer = await fetch("/api/terminology/search", {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": this.editor.draft.csrf },
      body: JSON.stringify({ kind, query }),
      credentials: "same-origin",
      redirect: "error",
    });
    if (!answer.ok) throw new Error(`search ${answer.status}`);
    return (await answer.json()).results;
  }

  #chosen(field, term) {
    const holder = field.closest("[data-entry], .entry-new");
    const code = term.code && holder.dataset.kind !== "lab_result" ? { system: term.system, code: term.code, display: term.name } : null;
    this.codes.set(field, isProduct(term, holder) ? code : holder.dataset.kind === "diagnosis" ? code : null);
    const shown = holder.querySelector("[data-field=code]");
    if (shown && term.code) shown.value = term.code;
    if (holder.matches(".entry-new")) this.#fillFrom(holder, term);
    else {
      field.classList.add("unsaved");
      void this.#save(field);
    }
  }

  #fillFrom(form, term) {
    const route = form.querySelector("[data-field=route]");
    if (route && term.route && [...route.options].some((one) => one.value === term.route)) route.value = term.route;
    const unit = form.querySelector("[data-field=unit]");
    if (unit && term.unit && !unit.value) unit.value = term.unit;
  }

  #fillUnit(field) {
    const known = [...document.getElementById("vital-names").options].find((one) => one.value === field.value.trim());
    const unit = field.form.querySelector("[data-field=unit]");
    if (known && !unit.value) unit.value = known.dataset.unit;
  }

  // --- new entries ------------------------------------------------------------------------------

  #open(kind) {
    const place = document.getElementById("new-entry");
    place.replaceChildren(document.getElementById(`blank-${kind}`).content.cloneNode(true));
    place.scrollIntoView({ block: "nearest" });
    place.querySelector("input, select").focus();
  }

  #cancel(form) {
    form.remove();
    document.getElementById("new-kind").focus();
  }

  async #add(form) {
    const fields = {};
    for (const field of form.querySelectorAll("[data-field]")) {
      const name = field.dataset.field;
      if (name === "dose_unit" || (!valueOf(field) && name !== "dose_value")) continue;
      if (name !== "code" || !("code" in fields)) Object.assign(fields, this.#fields(field, form));
    }
    const missing = [...form.querySelectorAll("[required]")].find((field) => !valueOf(field));
    if (missing) return this.#refuse(form, missing);
    if (fields.dose === null) delete fields.dose;
    const before = new Set([...this.root.querySelectorAll("[data-entry]")].map((one) => one.dataset.entry));
    form.remove();
    const answer = await this.editor.structural({ op: "add_entry", kind: form.dataset.kind, fields });
    if (!answer) {
      document.getElementById("new-entry").replaceChildren(form);
      return;
    }
    const made = [...this.root.querySelectorAll(".entry[data-entry]")].find((one) => !before.has(one.dataset.entry));
    made?.scrollIntoView({ block: "nearest" });
    made?.querySelector("input, select")?.focus();
  }

  #refuse(form, field) {
    const problem = form.querySelector(".problem");
    problem.textContent = `${field.getAttribute("aria-label")}: 필요한 칸입니다.`;
    problem.hidden = false;
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }

  // --- answering a question by writing the value --------------------------------------------------

  #correct(entry, flag) {
    this.openPanel("panel-entries");
    const holder = document.getElementById(`entry-${entry}`);
    if (!holder) return;
    this.answering = { entry, flag };
    holder.scrollIntoView({ block: "center" });
    const field = ["value", "dose_value", "name"].map((name) => holder.querySelector(`[data-field=${name}]`)).find(Boolean);
    field?.focus();
    field?.select?.();
  }

  // --- order ------------------------------------------------------------------------------------

  #key(event) {
    if (event.key === "Escape" && event.target.closest(".entry-new")) this.#cancel(event.target.closest(".entry-new"));
    if (event.key !== "Enter" || event.isComposing || !event.target.matches?.(".entry input[data-field]")) return;
    event.preventDefault();
    void this.#save(event.target);
  }

  async #move(holder, by) {
    const all = [...holder.parentElement.children];
    const place = all.indexOf(holder) + by;
    if (place < 0 || place >= all.length) return;
    const before = by < 0 ? all[place] : all[place + 1];
    const button = `${by < 0 ? "up" : "down"}-${holder.dataset.entry}`;
    if (!(await this.editor.structural(moveOf(holder, before), undefined, holder))) return;
    const again = document.getElementById(button);
    (again?.disabled ? document.getElementById(`${by < 0 ? "down" : "up"}-${holder.dataset.entry}`) : again)?.focus();
  }

  // The first diagnosis is the primary one.
  #first(holder) {
    return this.editor.structural(moveOf(holder, holder.parentElement.firstElementChild), `down-${holder.dataset.entry}`, holder);
  }

  #drag(event) {
    const holder = event.target.closest?.(".rank")?.closest(".entry");
    if (!holder) return;
    this.dragged = holder;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    holder.classList.add("dragged");
  }

  #over(event) {
    const target = this.#targetOf(event);
    if (!target) return;
    event.preventDefault();
    for (const one of target.parentElement.children) one.classList.toggle("drop-here", one === target);
  }

  async #drop(event) {
    const target = this.#targetOf(event);
    if (!target) return;
    event.preventDefault();
    const holder = this.dragged;
    const all = [...holder.parentElement.children];
    const before = all.indexOf(target) < all.indexOf(holder) ? target : target.nextElementSibling;
    this.#dropped();
    await this.editor.structural(moveOf(holder, before), undefined, holder);
  }

  #targetOf(event) {
    const target = event.target.closest?.(".ranked .entry");
    return this.dragged && target && target !== this.dragged ? target : null;
  }

  #dropped() {
    for (const one of this.root.querySelectorAll(".dragged, .drop-here")) one.classList.remove("dragged", "drop-here");
    this.dragged = null;
  }
}

const moveOf = (holder, before) => ({ op: "move_entry", entry: holder.dataset.entry, before: before?.dataset.entry ?? null });

function choiceOf(button) {
  const { op, entry, statement, part, flag } = button.dataset;
  if (op === "keep_entry") return { op, entry, flag };
  return Object.fromEntries(Object.entries({ op, entry, statement, part }).filter(([, value]) => value));
}

const isProduct = (term, holder) => holder.dataset.kind === "medication_order" && term.source !== "ours";

function valueOf(field) {
  if (field.type === "checkbox") return field.checked ? "on" : "";
  return field.value.trim();
}

function doseOf(holder) {
  const value = Number(holder.querySelector("[data-field=dose_value]").value.trim());
  const unit = holder.querySelector("[data-field=dose_unit]").value.trim();
  return value ? { value, unit: unit || "정" } : null;
}
