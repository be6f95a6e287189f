// The transcript's half of the review page: listening, finding, correcting, and what follows for the draft.
//
//   const { evidence, player, lines } = openTranscript(root, editor);
import { Evidence } from "./evidence.js";
import { Finder } from "./finder.js";
import { Follow } from "./follow.js";
import { registerAction } from "./keys.js";
import { LineEditor } from "./line_editor.js";
import { fromOf, idOf, momentAt } from "./lines.js";
import { Player, PlayerBar } from "./player.js";
import { Retelling } from "./retell.js";
import { SpeakerMenu } from "./speakers.js";
import { Stale } from "./stale.js";

const byId = (id) => document.getElementById(id);

export function openTranscript(root, editor) {
  const pane = byId("transcript");
  const player = new Player(byId("audio"));
  const evidence = new Evidence(pane);
  const finder = new Finder(byId("finder"), pane);
  const retelling = new Retelling(pane, editor);
  const lines = new LineEditor(pane, retelling, player, { line: byId("line-menu"), form: byId("line-form") });
  const speakers = new SpeakerMenu(byId("speaker-menu"), pane, retelling);
  new Stale(root, editor);
  if (player.available) {
    new PlayerBar(byId("player"), player);
    const follow = new Follow(pane, player, byId("follow"));
    retelling.addEventListener("retold", () => follow.renew());
  }
  retelling.addEventListener("retold", () => {
    evidence.clear();
    if (byId("find-said").value) finder.find();
  });
  registerAction("correct", () => lines.correct());
  registerAction("speaker", () => lines.line && speakers.open(lines.line.querySelector("button.speaker")));

  const acts = {
    speaker: (button) => speakers.open(button),
    "line-menu": (button) => lines.open(button),
    correction: (button) => decide(retelling, button),
    "transcript-versions": () => showVersions(root),
    "transcript-back": (button) => goBack(retelling, button),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) return void acts[button.dataset.act]?.(button);
    if (pane.contains(event.target)) listen(player, event);
  });
  return { evidence, player, lines };
}

// A click on a word plays from there, unless words are being selected; one on the time, from the line's beginning.
function listen(player, event) {
  const line = event.target.closest(".utterance");
  if (!line || !player.available) return;
  if (event.target.closest(".at")) player.playFrom(fromOf(line));
  else if (event.target.closest(".words") && event.detail === 1 && getSelection().isCollapsed) player.playFrom(momentAt(line, event.clientX, event.clientY));
}

function decide(retelling, button) {
  const line = button.closest(".utterance");
  const start = Number(button.closest(".correction").dataset.start);
  retelling.send({ op: "correction", utterance: idOf(line), start, state: button.dataset.state }, idOf(line));
}

async function showVersions(root) {
  const dialog = byId("transcript-versions");
  const answer = await fetch(`/encounters/${encodeURIComponent(root.dataset.encounter)}/transcript/versions`, { credentials: "same-origin" });
  if (!answer.ok) return;
  dialog.innerHTML = await answer.text();
  dialog.showModal();
}

function goBack(retelling, button) {
  byId("transcript-versions").close();
  retelling.send({ op: "back", to: Number(button.dataset.to) });
}
