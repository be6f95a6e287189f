// The review page: who does what. Each noun has a module of its own.
import { Arrange } from "./arrange.js";
import { Autosave } from "./autosave.js";
import { Copy } from "./copy.js";
import { Dictation } from "./dictation.js";
import { DraftClient } from "./draft_client.js";
import { Editor } from "./editor.js";
import { Entries } from "./entries.js";
import { quotesOf } from "./evidence.js";
import { fitAll } from "./fit.js";
import { registerAction } from "./keys.js";
import { MedicineGrid } from "./medicine_grid.js";
import { Notices } from "./notices.js";
import { Others } from "./others.js";
import { Selection } from "./selection.js";
import { Statements, textOf } from "./statements.js";
import { bindTabs } from "./tabs.js";
import { openTranscript } from "./transcript.js";
import { Undo } from "./undo.js";
import { Versions } from "./versions.js";
import { Walk } from "./walk.js";

const PANELS = ["panel-note", "panel-summary", "panel-entries"];

const byId = (id) => document.getElementById(id);
const root = byId("review");
const csrf = document.querySelector("meta[name=csrf]").content;
const notices = new Notices(byId("notice"), byId("saved"));
const draft = new DraftClient(root.dataset.encounter, Number(root.dataset.version), csrf);
const editor = new Editor(root, draft, notices);
const autosave = new Autosave(editor);
const { evidence, player, lines } = openTranscript(root, editor);
const selection = new Selection(root, evidence);
const statements = new Statements(editor, autosave);
const arrange = new Arrange(editor, statements, byId("statement-menu"));
const undo = new Undo(editor, { undo: byId("undo"), redo: byId("redo") });
const dictation = new Dictation(editor, textOf);
const versions = new Versions(editor, byId("versions"));
const copy = new Copy(root, notices);
new MedicineGrid(editor, autosave);

const openPanel = bindTabs(root.querySelector("[role=tablist]"), (panel) => {
  root.classList.toggle("show-transcript", panel === "panel-transcript");
  if (panel !== "panel-transcript") {
    if (byId(panel).hidden) root.querySelector(".note-pane .pane-body").scrollTop = 0;
    for (const id of PANELS) byId(id).hidden = id !== panel;
  }
  fitAll(root);
  if (panel === "panel-transcript") selection.show();
});
new Others(editor, byId("others"), (standing) => root.dispatchEvent(new CustomEvent("moved", { detail: standing })));
const walk = new Walk(root, selection, openPanel);
new Entries(editor, player, openPanel);

editor.addEventListener("redrawn", () => {
  selection.renew();
  walk.renewed();
  fitAll(root);
});

// --- actions ----------------------------------------------------------------------------------

const play = (holder) => player.playSpans(quotesOf(holder).map((quote) => [quote.from, quote.to]));

const ACTIONS = {
  play: (button, holder) => play(holder),
  show: (button, holder) => selection.activate(holder),
  settle: (button) => editor.structural({ op: "settle", flag: button.dataset.flag }, undefined, button),
  accept: (button, holder) => statements.accept(holder),
  delete: (button, holder) => statements.remove(holder),
  menu: (button) => arrange.open(button),
  dictate: (button, holder) => dictation.toggle(holder ?? statements.open(button.closest(".note-section"))),
  add: (button) => statements.open(button.closest(".note-section")),
  "add-section": (button) => editor.structural({ op: "add_section", section: button.dataset.section }, undefined, button),
  "delete-entry": (button, holder) =>
    editor.removal({ op: "delete_entry", entry: button.dataset.entry ?? holder.dataset.entry }, "항목을 지웠습니다.", button),
  "delete-medicine": (button) =>
    editor.removal({ op: "delete_medicine", row: Number(button.closest("tr").dataset.row) }, "약을 복약표에서 지웠습니다.", button),
  copy: (button) => copy.section(button.closest(".note-section")),
  "copy-part": (button) => copy.part(button.dataset.part),
  versions: () => versions.open(),
  undo: () => undo.undo(),
  redo: () => undo.redo(),
  "next-open": () => walk.next(),
};

root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) return void ACTIONS[button.dataset.act]?.(button, event.target.closest(".statement, .entry, .flag"));
});

const here = (work) => () => {
  const holder = selection.statement();
  if (holder) work(holder);
};

registerAction("previous-open", () => walk.previous());
registerAction("next-statement", () => step(1));
registerAction("previous-statement", () => step(-1));
registerAction("accept", here((holder) => holder.querySelector("[data-act=accept]") && statements.accept(holder)));
registerAction("play-source", here((holder) => play(holder)));
registerAction("add-statement", here((holder) => statements.open(holder.closest(".note-section"), holder)));
registerAction("delete-statement", here((holder) => statements.remove(holder)));
if ("dictation" in root.dataset) registerAction("dictate", here((holder) => dictation.toggle(holder)));
registerAction("move-up", here((holder) => arrange.move(holder, -1)));
registerAction("move-down", here((holder) => arrange.move(holder, 1)));

function step(by) {
  const all = [...root.querySelectorAll(".statement")].filter((one) => one.checkVisibility());
  const now = all.indexOf(selection.statement());
  const next = all[now < 0 ? (by > 0 ? 0 : all.length - 1) : now + by];
  if (next) textOf(next).focus();
}

// The session is about to end: what is written and not sent yet, half a syllable too, goes while it may.
document.addEventListener("scribe:session-ending", () => {
  lines.finish();
  editor.flush();
});

addEventListener("resize", () => fitAll(root));
fitAll(root);

// The way to the signing page waits until everything typed is saved.
root.addEventListener("click", async (event) => {
  const link = event.target.closest("#to-sign");
  if (!link || !root.querySelector(".unsaved, [data-saving]")) return;
  event.preventDefault();
  await editor.flush();
  if (!root.querySelector(".unsaved")) byId("to-sign")?.click();
});

// The page came inert: nothing is clicked or typed before there is somebody to listen.
root.inert = false;
