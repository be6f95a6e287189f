// The recordings that are over: where each stands, and what can be done with it.

import { ask, tell } from "./connection.js";
import { askWhetherToDiscard, put } from "./dialogs.js";
import { choose, named } from "./encounters.js";
import { clock, length, make, moment, write } from "./words.js";

const list = document.getElementById("recordings");
const none = document.getElementById("no-recordings");
const summary = document.getElementById("upload-summary");
const template = document.getElementById("recording-row");
const SHOWN = 30;

const ACTS = {
  transcript: { label: "받아쓰기 보기", run: showTranscript },
  recover: { label: "이어서 처리", run: (row) => tell(`/api/recordings/${row.id}/recover`) },
  again: { label: "다시 받아쓰기", run: (row) => tell(`/api/recordings/${row.id}/recover`) },
  resend: { label: "다시 보내기", run: (row) => tell(`/api/recordings/${row.id}/resend`) },
  assign: { label: "진료 지정", run: assign },
  discard: { label: "버리기", run: discard, className: "danger" },
};

/** `attempt` runs an action and shows what the agent refuses. */
export function show(state, attempt) {
  const rows = state.recordings.slice(0, SHOWN);
  const kept = new Map([...list.children].map((item) => [item.dataset.id, item]));
  rows.forEach((row, index) => {
    const item = kept.get(row.id) ?? template.content.firstElementChild.cloneNode(true);
    kept.delete(row.id);
    render(item, row, attempt);
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
  for (const item of kept.values()) item.remove();
  none.hidden = rows.length > 0;
  write(summary, state.upload_summary);
}

function render(item, row, attempt) {
  item.dataset.id = row.id;
  write(item.querySelector(".when"), moment(row.started_at));
  write(item.querySelector(".length"), length(row.seconds));
  write(item.querySelector(".whose"), `${named(row.encounter)} · ${row.consent_text}`);
  const badge = item.querySelector(".badge");
  badge.className = `badge ${row.standing.kind}`;
  write(badge, row.standing.label);
  write(item.querySelector(".what-to-do"), row.standing.advice);
  const acts = item.querySelector(".recording-acts");
  const wanted = row.acts.join(" ");
  if (acts.dataset.acts === wanted) return;
  const focused = acts.contains(document.activeElement) ? document.activeElement.dataset.act : null;
  acts.dataset.acts = wanted;
  acts.replaceChildren(...row.acts.map((name) => button(name, row, attempt)));
  if (focused) (acts.querySelector(`[data-act="${focused}"]`) ?? acts.querySelector("button"))?.focus();
}

function button(name, row, attempt) {
  const act = ACTS[name];
  const element = make("button", { type: "button", "data-act": name, class: act.className ?? "" }, act.label);
  element.append(make("span", { class: "sr" }, ` ${moment(row.started_at)} 녹음`));
  element.addEventListener("click", () => attempt(() => act.run(row)));
  return element;
}

async function assign(row) {
  const picker = document.getElementById("assign-encounter");
  write(document.getElementById("assign-what"), `${moment(row.started_at)} 녹음 (${length(row.seconds)})`);
  choose(picker, row.encounter);
  if ((await put(document.getElementById("assign-dialog"))) !== "assign") return;
  if (picker.value) await tell(`/api/recordings/${row.id}/assign`, { encounter: picker.value });
}

async function discard(row) {
  if (await askWhetherToDiscard(`${moment(row.started_at)}에 시작한 ${length(row.seconds)} 녹음의`)) {
    await tell(`/api/recordings/${row.id}/discard`);
  }
}

async function showTranscript(row) {
  const transcript = await ask(`/api/recordings/${row.id}/transcript`);
  write(document.getElementById("transcript-about"), `${moment(row.started_at)} · ${length(row.seconds)} · ${named(row.encounter)}`);
  const lines = transcript.utterances.map((utterance) => {
    const line = make("div", { class: "utterance" });
    line.append(
      make("span", { class: "at" }, clock(utterance.start)),
      make("span", { class: `speaker ${utterance.speaker}` }, utterance.speaker_text),
      make("span", {}, utterance.text),
    );
    return line;
  });
  const body = document.getElementById("transcript");
  body.replaceChildren(...(lines.length ? lines : [make("p", { class: "dim" }, "알아들은 말이 없습니다.")]));
  await put(document.getElementById("transcript-dialog"));
  body.replaceChildren();
}
