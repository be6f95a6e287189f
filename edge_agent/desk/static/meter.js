// The level meter with its hint, and the figures of what was lost.

import { write } from "./words.js";

const FLOOR = -60; // dBFS at the left end
const QUIET = -48; // below this speech is hard to recognise

const meter = document.getElementById("meter");
const fill = document.getElementById("fill");
const peak = document.getElementById("peak");
const hint = document.getElementById("meter-hint");
const counts = document.getElementById("counts");

let heard = 0; // when the last sound loud enough for speech came

/** A reading of the microphone, or none where it is closed. */
export function show(level, open) {
  meter.classList.toggle("on", open);
  if (!open) {
    fill.style.transform = "scaleX(0)";
    meter.classList.remove("clipped", "quiet");
    say("녹음이나 마이크 시험 중에 소리 크기가 보입니다.", false);
    return;
  }
  const now = performance.now();
  if (level.rms > QUIET) heard = now;
  const quiet = now - heard > 4000;
  fill.style.transform = `scaleX(${share(level.rms)})`;
  peak.style.left = `calc(${share(level.peak) * 100}% - 1px)`;
  meter.classList.toggle("clipped", level.clipped);
  meter.classList.toggle("quiet", quiet && !level.clipped);
  if (level.clipped) say("소리가 너무 큽니다. 마이크를 조금 멀리 두세요.", true);
  else if (level.rms < -75) say("소리가 없습니다. 마이크가 켜져 있나요?", true);
  else if (quiet) say("조용합니다. 말하는 사람 가까이에 두세요.", false);
  else say("잘 들립니다.", false);
}

/** What the microphone lost, as numbers: never hidden. */
export function count(state) {
  const parts = [];
  if (state.counts.overflows) parts.push(`넘침 ${state.counts.overflows}회`);
  if (state.counts.dropped_frames) parts.push(`빠진 소리 ${(state.counts.dropped_frames / 16000).toFixed(2)}초`);
  if (state.counts.reopened) parts.push(`마이크 다시 열림 ${state.counts.reopened}회`);
  if (state.recogniser_restarts) parts.push(`인식기 재시작 ${state.recogniser_restarts}회`);
  if (state.partials_dropped) parts.push(`건너뛴 실시간 표시 ${state.partials_dropped}회`);
  counts.hidden = parts.length === 0;
  write(counts, parts.join(" · "));
}

function share(decibel) {
  return Math.min(1, Math.max(0, (decibel - FLOOR) / -FLOOR));
}

function say(sentence, warn) {
  write(hint, sentence);
  hint.className = warn ? "warn" : "dim";
}
