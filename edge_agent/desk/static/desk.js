// The page: shows the agent's state as it comes, and sends commands. It holds nothing that the agent does not.

import { Refused, ask, follow, tell } from "./connection.js";
import { askWhatToErase, askWhetherToDiscard, put } from "./dialogs.js";
import * as doctor from "./doctor.js";
import * as encounters from "./encounters.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as meter from "./meter.js";
import * as recordings from "./recordings.js";
import { clock, length, make, write } from "./words.js";

const $ = (id) => document.getElementById(id);
const consents = { 1: document.querySelector("[value=patient]"), 2: document.querySelector("[value=guardian]") };

let state = null;
let asked = ""; // the last sentence read out

const LINKS = { connecting: "연결 중…", open: "", lost: "녹음 프로그램과 연결이 끊겼습니다. 다시 연결하는 중…" };
const EXPLAIN = {
  recording: "듣고 있습니다. 말한 내용이 곧 나타납니다.",
  paused: "일시정지 중입니다.",
  starting: "마이크를 여는 중입니다. ‘녹음 중’이 되면 말씀하세요.",
};

async function attempt(action) {
  $("refusal").hidden = true;
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    write($("refusal"), error.message);
    $("refusal").hidden = false;
  }
}

function showState(fresh) {
  const before = state;
  state = fresh;
  document.body.dataset.state = state.state;
  document.title = `${state.state === "recording" ? "● " : ""}${state.state_text} · 진료 녹음`;
  write($("state"), state.state_text);
  if (!state.current) write($("clock"), clock(0));
  else if (!before?.current) write($("clock"), clock(state.current.seconds));
  write($("about"), about(state.current));
  showControls(before);
  showNotices();
  showMicrophones();
  meter.count(state);
  write($("live-title"), state.current ? "실시간 받아쓰기" : "직전 녹음 받아쓰기");
  live.explain(EXPLAIN[state.state] ?? "녹음을 시작하면 말한 내용이 여기에 나타납니다.");
  recordings.show(state, attempt);
  say();
}

function about(current) {
  if (!current) return "";
  const erased = current.erased ? ` · 지운 시간 ${length(current.erased)}` : "";
  return `${current.consent_text} · ${encounters.named(current.encounter)}${erased}`;
}

function showControls(before) {
  const under = !state.can.start;
  const focused = document.activeElement;
  const left = $("prepare").contains(focused) || $("running").contains(focused);
  $("prepare").hidden = under;
  $("running").hidden = !under;
  for (const name of ["pause", "erase"]) $(name).disabled = !(state.can.pause || state.can.resume);
  for (const name of ["stop", "discard"]) $(name).disabled = !state.can.stop;
  write($("pause").firstElementChild, state.can.resume ? "이어서 녹음" : "일시정지");
  $("pause").classList.toggle("primary", state.can.resume);
  $("stop").classList.toggle("primary", !state.can.resume);
  if (state.current) encounters.choose($("encounter-now"), state.current.encounter);
  if (before && under === before.can.start) {
    if (!under) prepareNext();
    if (left) (under ? $("state-title") : $("encounter")).focus(); // not on a button that ends anything
  }
}

function prepareNext() {
  for (const option of Object.values(consents)) option.checked = false;
  encounters.choose($("encounter"), null);
  encounters.refresh();
}

function showNotices() {
  const wanted = state.notices.map((notice) => `${notice.kind}|${notice.title}|${notice.advice}`);
  const list = $("notices");
  if (list.dataset.shown === wanted.join("\n")) return;
  list.dataset.shown = wanted.join("\n");
  list.replaceChildren(
    ...state.notices.map((notice) => {
      const item = make("li", { class: `notice ${notice.grave ? "red" : ""}`, "data-kind": notice.kind });
      item.append(make("b", {}, notice.title), make("span", {}, notice.advice));
      return item;
    }),
  );
}

function showMicrophones() {
  const picker = $("microphone");
  const wanted = state.wanted_microphone ?? "";
  if (![...picker.options].some((option) => option.value === wanted)) {
    picker.append(make("option", { value: wanted }, wanted || "시스템 기본 마이크"));
  }
  if (document.activeElement !== picker) picker.value = wanted;
  $("microphone-name").hidden = !state.microphone;
  write($("microphone-name"), `사용 중: ${state.microphone ?? ""}`);
  $("try").disabled = !state.can.try_microphone;
  write($("try"), state.trying_microphone ? "시험 끝내기" : "마이크 시험");
}

async function listMicrophones() {
  const found = await ask("/api/microphones");
  const picker = $("microphone");
  const options = found.microphones.map((device) => make("option", { value: device.name }, device.label));
  picker.replaceChildren(make("option", { value: "" }, "시스템 기본 마이크"), ...options);
  if (state) showMicrophones();
}

function say() {
  const grave = state.notices.filter((notice) => notice.grave).map((notice) => `${notice.title}. ${notice.advice}`);
  const sentence = [state.state_text, ...grave].join(". ");
  if (sentence === asked) return;
  asked = sentence;
  write($("status"), sentence);
}

function showLevel(level) {
  meter.show(level, level.open);
  if (level.seconds !== null) write($("clock"), clock(level.seconds));
}

async function start() {
  if (!state?.can.start) return;
  const chosen = document.querySelector("[name=consent]:checked");
  $("consent").classList.toggle("missing", !chosen);
  if (!chosen) {
    write($("refusal"), "먼저 녹음 동의를 확인하세요: 환자 동의는 1, 보호자 동의는 2.");
    $("refusal").hidden = false;
    consents[1].focus();
    return;
  }
  await attempt(() => tell("/api/start", { consent: chosen.value, encounter: $("encounter").value || null }));
}

async function pauseOrResume() {
  if (state?.can.pause) await attempt(() => tell("/api/pause"));
  else if (state?.can.resume) await attempt(() => tell("/api/resume"));
}

async function stop() {
  if (state?.can.stop) await attempt(() => tell("/api/stop"));
}

async function erase() {
  if (!state?.can.off_the_record) return;
  const seconds = await askWhatToErase();
  if (seconds) await attempt(() => tell("/api/off-the-record", { seconds }));
}

async function discard() {
  if (!state?.can.discard) return;
  if (await askWhetherToDiscard("지금 녹음의")) await attempt(() => tell("/api/discard"));
}

function chooseConsent(number) {
  if (!state?.can.start) return;
  consents[number].click();
  consents[number].focus();
}

$("prepare").addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
$("pause").addEventListener("click", pauseOrResume);
$("stop").addEventListener("click", stop);
$("erase").addEventListener("click", erase);
$("discard").addEventListener("click", discard);
$("consent").addEventListener("change", () => {
  $("consent").classList.remove("missing");
  $("refusal").hidden = true;
});
$("encounter").addEventListener("change", () => write($("encounter-hint"), encounters.warning($("encounter").value)));
$("encounter-now").addEventListener("change", () =>
  attempt(async () => {
    if (!state.current) return;
    const chosen = $("encounter-now").value;
    if (chosen) await tell(`/api/recordings/${state.current.id}/assign`, { encounter: chosen });
    else encounters.choose($("encounter-now"), state.current.encounter);
  }),
);
$("refresh-encounters").addEventListener("click", () => encounters.refresh());
$("microphone").addEventListener("change", () => attempt(() => tell("/api/microphone", { name: $("microphone").value || null })));
$("microphone").addEventListener("focus", () => attempt(listMicrophones));
$("try").addEventListener("click", () => attempt(() => tell("/api/microphone/try", { on: !state.trying_microphone })));
const help = () => put($("keys-dialog"));
$("keys-button").addEventListener("click", help);

keys.digits($("consent"), consents);
keys.listen(
  {
    Digit1: () => chooseConsent(1),
    Digit2: () => chooseConsent(2),
    KeyR: start,
    KeyP: pauseOrResume,
    KeyS: stop,
    KeyZ: erase,
    KeyM: () => $("microphone").focus(),
    KeyL: () => $("text").focus(),
  },
  help,
);
doctor.prepare(attempt);

follow({
  state: showState,
  level: showLevel,
  live: async (event) => {
    if (!live.show(event)) live.show(await ask("/api/live"));
  },
  link: (link) => {
    document.body.dataset.link = link;
    $("link").dataset.link = link;
    write($("link"), LINKS[link]);
    if (link !== "lost") return;
    document.body.dataset.state = "lost";
    write($("state"), "연결 끊김");
    write($("status"), LINKS.lost);
  },
});
// The service's page of a consultation leads here with its id: it is chosen at once.
const wanted = new URLSearchParams(location.search).get("encounter");
encounters.refresh().then(() => {
  if (!encounters.knows(wanted)) return;
  encounters.choose($("encounter"), wanted);
  write($("encounter-hint"), encounters.warning(wanted));
});
attempt(listMicrophones);
