// The review page: evidence on focus, editing in place with autosave, settling what is open.
import { DraftClient, SignedOut, StaleDraft } from "./draft_client.js";
import { Evidence, quotesOf } from "./evidence.js";
import { Player } from "./player.js";
import { SpeakerMenu, TranscriptEdits } from "./speakers.js";
import { bindTabs } from "./tabs.js";

const AUTOSAVE_MS = 800;
const PANELS = ["panel-note", "panel-summary", "panel-entries"];

const root = document.getElementById("review");
const saved = document.getElementById("saved");
const notice = document.getElementById("notice");
const transcript = document.getElementById("transcript");
const csrf = document.querySelector("meta[name=csrf]").content;
const draft = new DraftClient(root.dataset.encounter, Number(root.dataset.version), csrf);
const evidence = new Evidence(transcript);
const player = new Player(document.getElementById("audio"), showPlaying);
const timers = new Map();
const transcriptEdits = new TranscriptEdits(root.dataset.encounter, draft, flush, explain, notify);
const speakerMenu = new SpeakerMenu(document.getElementById("speaker-menu"), transcript, transcriptEdits);
let active = null;

const openPanel = bindTabs(root.querySelector("[role=tablist]"), (panel) => {
  root.classList.toggle("show-transcript", panel === "panel-transcript");
  if (panel !== "panel-transcript") {
    if (document.getElementById(panel).hidden) root.querySelector(".note-pane .pane-body").scrollTop = 0;
    for (const id of PANELS) document.getElementById(id).hidden = id !== panel;
  }
  fitAll();
  if (panel === "panel-transcript" && active) evidence.show(quotesOf(active));
});

// --- evidence ---------------------------------------------------------------------------------

function activate(element) {
  if (active === element) return;
  active?.classList.remove("active");
  active = element;
  active.classList.add("active");
  evidence.show(quotesOf(active));
}

root.addEventListener("focusin", (event) => {
  const holder = event.target.closest(".statement, .entry");
  if (holder) activate(holder);
});

root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  const holder = event.target.closest(".statement, .entry, .flag");
  if (button) return void act(button.dataset.act, button, holder);
  const piece = event.target.closest("[data-at]");
  const utterance = event.target.closest(".utterance");
  if (piece) player.playFrom(Number(piece.dataset.at));
  else if (utterance && event.target.closest("p > span")) player.playFrom(Number(utterance.dataset.from));
  else if (holder?.matches(".statement, .entry")) activate(holder);
});

function showPlaying(seconds) {
  for (const one of transcript.querySelectorAll(".utterance.playing")) one.classList.remove("playing");
  if (seconds === null) return;
  for (const one of transcript.querySelectorAll(".utterance")) {
    if (Number(one.dataset.from) <= seconds && seconds < Number(one.dataset.to)) one.classList.add("playing");
  }
}

// --- actions ----------------------------------------------------------------------------------

const target = (holder) => ({ part: holder.dataset.part, statement: holder.dataset.statement });

const ACTIONS = {
  play: (button, holder) => player.playSpans(quotesOf(holder).map((quote) => [quote.from, quote.to])),
  show: (button, holder) => activate(holder),
  settle: (button) => structural({ op: "settle", flag: Number(button.dataset.flag) }),
  accept: (button, holder) => structural({ op: "accept", ...target(holder) }, holder.id),
  delete: (button, holder) => {
    cancelTimer(holder);
    const beside = holder.nextElementSibling ?? holder.previousElementSibling;
    return removal({ op: "delete", ...target(holder) }, "문장을 지웠습니다.", beside?.id);
  },
  "delete-entry": (button, holder) =>
    removal({ op: "delete_entry", entry: button.dataset.entry ?? holder.dataset.entry }, "항목을 지웠습니다."),
  "delete-medicine": (button) =>
    removal({ op: "delete_medicine", row: Number(button.closest("tr").dataset.row) }, "약을 복약표에서 지웠습니다."),
  add: (button) => openNewStatement(button),
  speaker: (button) => speakerMenu.open(button),
  correction: (button) =>
    transcriptEdits.send({
      op: "correction",
      utterance: button.closest(".utterance").dataset.utterance,
      start: Number(button.closest(".correction").dataset.start),
      state: button.dataset.state,
    }),
  "next-open": () => goToNextOpen(),
};

async function act(name, button, holder) {
  if (holder?.matches(".statement, .entry")) activate(holder);
  await ACTIONS[name](button, holder);
}

// An edit after which the lists are drawn anew.
async function structural(edit, focusId) {
  await flush();
  const answer = await send(edit);
  if (!answer) return false;
  redraw(answer, ["flags", "note", "summary", "medicines", "entries", "open-bar"]);
  if (focusId) document.getElementById(focusId)?.querySelector(".text")?.focus();
  return true;
}

// What is removed can be brought back until the next edit.
async function removal(edit, text, focusId) {
  await flush();
  const before = draft.version;
  if (!(await structural(edit, focusId))) return;
  notify(text, "되돌리기", () => structural({ op: "revert", to: before }), "info");
}

function redraw(answer, regions) {
  for (const id of regions) put(id, answer.html[id]);
  active = null;
  evidence.clear();
  countOpen();
  fitAll();
}

async function send(edit) {
  say("저장 중…", true);
  try {
    const answer = await draft.send(edit);
    hideNotice();
    say("저장됨", false);
    return answer;
  } catch (error) {
    say("저장되지 않음", true);
    explain(error);
    return null;
  }
}

function explain(error) {
  if (error instanceof StaleDraft) {
    notify("다른 곳에서 이 초안이 먼저 수정되었습니다. 방금 고친 내용은 저장되지 않았습니다. 필요하면 복사해 두고 새로 불러오세요.", "새로 불러오기", () => location.reload());
  } else if (error instanceof SignedOut) {
    notify("로그인이 끝났습니다. 새 창에서 로그인하고 돌아오면 이어서 저장됩니다.", "새 창에서 로그인", signInAgain);
  } else {
    notify("저장하지 못했습니다. 연결을 확인하세요. 고친 내용은 이 화면에 남아 있습니다.", "다시 저장", flush);
  }
}

function signInAgain() {
  addEventListener("focus", flush, { once: true });
  open("/sign-in", "_blank", "noopener");
}

function notify(text, label, go, kind = "") {
  notice.className = `notice ${kind}`;
  notice.replaceChildren(document.createTextNode(text));
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.textContent = label;
  button.addEventListener("click", go);
  notice.append(button);
  notice.hidden = false;
}

function hideNotice() {
  notice.hidden = true;
}

function say(text, unsaved) {
  saved.textContent = text;
  saved.classList.toggle("pending", unsaved);
}

// --- editing in place -------------------------------------------------------------------------

root.addEventListener("input", (event) => {
  const holder = event.target.closest(".statement, tr[data-row]");
  if (!holder) return;
  if (event.target.matches(".text")) fit(event.target);
  holder.classList.add("unsaved");
  say("수정 중…", true);
  cancelTimer(holder);
  if (!event.isComposing) timers.set(holder, setTimeout(() => save(holder), AUTOSAVE_MS));
});

root.addEventListener("compositionend", (event) => {
  const holder = event.target.closest(".statement.unsaved, tr.unsaved");
  if (!holder) return;
  cancelTimer(holder);
  timers.set(holder, setTimeout(() => save(holder), AUTOSAVE_MS));
});

root.addEventListener("focusout", (event) => {
  const holder = event.target.closest(".statement.unsaved, tr.unsaved");
  if (holder && !holder.contains(event.relatedTarget)) save(holder);
});

root.addEventListener("keydown", (event) => {
  if (!event.target.matches(".text") || event.isComposing) return;
  if (event.key === "Enter") {
    event.preventDefault();
    event.target.blur();
  }
});

addEventListener("beforeunload", (event) => {
  if (root.querySelector(".unsaved")) event.preventDefault();
});

function cancelTimer(holder) {
  clearTimeout(timers.get(holder));
  timers.delete(holder);
}

// Everything typed so far is on the server when this resolves, or the notice says why not.
async function flush() {
  for (const holder of root.querySelectorAll(".statement.unsaved, tr.unsaved")) await save(holder);
}

async function save(holder) {
  cancelTimer(holder);
  if (!holder.isConnected || holder.dataset.saving) return;
  if (holder.matches("tr")) return saveMedicine(holder);
  const text = holder.querySelector(".text").value.trim();
  if (holder.dataset.new) return saveNew(holder, text);
  if (!text) {
    notify("빈 문장은 저장되지 않습니다. 지우려면 ✕를 누르세요.", "닫기", hideNotice);
    return;
  }
  const answer = await sendOnce(holder, { op: "change", ...target(holder), text });
  if (!answer) return;
  if (holder.querySelector(".text").value.trim() === text) holder.classList.remove("unsaved");
  else timers.set(holder, setTimeout(() => save(holder), AUTOSAVE_MS));
  showMark(holder, answer.statement);
  redrawAside(answer);
}

async function saveNew(holder, text) {
  if (!text) {
    holder.remove();
    say("저장됨", false);
    return;
  }
  const answer = await sendOnce(holder, { op: "add", part: holder.dataset.part, section: holder.dataset.section, text });
  if (answer) redraw(answer, ["flags", "note", "summary", "entries", "open-bar"]);
}

async function saveMedicine(row) {
  const edit = { op: "medicine", row: Number(row.dataset.row) };
  for (const input of row.querySelectorAll("input")) edit[input.name] = input.value.trim();
  edit.days = edit.days ? Number(edit.days) : null;
  const answer = await sendOnce(row, edit);
  if (!answer) return;
  row.classList.remove("unsaved");
  redrawAside(answer);
}

async function sendOnce(holder, edit) {
  holder.dataset.saving = "yes";
  const answer = await send(edit);
  delete holder.dataset.saving;
  return answer;
}

// What stands beside the sentence being written: drawing these anew does not move the caret.
function redrawAside(answer) {
  for (const id of ["flags", "entries", "open-bar"]) put(id, answer.html[id]);
  countOpen();
}

// What the reader had folded or unfolded stays so.
function put(id, html) {
  const region = document.getElementById(id);
  const unfolded = region.querySelector("details")?.open;
  region.innerHTML = html;
  const details = region.querySelector("details");
  if (details && unfolded !== undefined) details.open = unfolded;
}

function showMark(holder, statement) {
  const mark = holder.querySelector(".mark");
  mark.textContent = statement.mark;
  mark.title = statement.meaning;
  mark.setAttribute("aria-label", statement.meaning);
  holder.classList.remove("supported", "partial", "none", "edited");
  holder.classList.add(statement.support);
  if (statement.support === "none") return;
  delete holder.dataset.open;
  holder.querySelector(".settle")?.remove();
}

function openNewStatement(button) {
  const section = button.closest(".note-section");
  const holder = document.createElement("li");
  holder.className = "statement edited unsaved";
  holder.dataset.new = "yes";
  holder.dataset.part = section.dataset.part;
  holder.dataset.section = section.dataset.section;
  const mark = document.createElement("span");
  mark.className = "mark";
  mark.textContent = "✎";
  const text = document.createElement("textarea");
  text.className = "text";
  text.rows = 1;
  text.maxLength = 2000;
  text.setAttribute("aria-label", "새 문장");
  text.placeholder = "새 문장";
  holder.append(mark, text);
  section.querySelector(".statements").append(holder);
  text.focus();
}

// --- open items -------------------------------------------------------------------------------

function goToNextOpen() {
  const open = [...root.querySelectorAll(".flag[data-open], .statement[data-open]")];
  if (!open.length) return;
  const next = open[(open.indexOf(active) + 1) % open.length];
  const panel = next.closest("[role=tabpanel]");
  if (panel) openPanel(panel.id);
  activate(next);
  next.scrollIntoView({ block: "center" });
  next.querySelector(".text, button")?.focus();
}

// Each tab says how much is open under it.
function countOpen() {
  for (const tab of root.querySelectorAll("[role=tab]")) {
    const count = document.getElementById(tab.getAttribute("aria-controls")).querySelectorAll(".statement[data-open]").length;
    const badge = tab.querySelector(".count") ?? tab.appendChild(document.createElement("span"));
    badge.className = "count";
    badge.hidden = count === 0;
    badge.textContent = count;
  }
}

countOpen();

// --- layout -----------------------------------------------------------------------------------

const sizesItself = CSS.supports("field-sizing", "content");

function fit(text) {
  if (sizesItself || !text.offsetParent) return;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

function fitAll() {
  if (!sizesItself) root.querySelectorAll(".text").forEach(fit);
}

addEventListener("resize", fitAll);
fitAll();

// The link to the signing page waits until everything typed is saved.
root.addEventListener("click", async (event) => {
  const link = event.target.closest("#to-sign");
  if (!link || !root.querySelector(".unsaved")) return;
  event.preventDefault();
  await flush();
  if (!root.querySelector(".statement.unsaved, tr.unsaved")) document.getElementById("to-sign")?.click();
});
