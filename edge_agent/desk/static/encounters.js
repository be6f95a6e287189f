// The consultations to choose from: the service's, or none while it cannot be asked.

import { Refused, ask } from "./connection.js";
import { make, moment, write } from "./words.js";

const pickers = ["encounter", "encounter-now", "assign-encounter"].map((id) => document.getElementById(id));
const hint = document.getElementById("encounter-hint");
const LATER = "진료 나중에 지정";

let known = new Map();

/** Asks the service for the list; without it a recording can be assigned later. */
export async function refresh() {
  try {
    const found = await ask("/api/encounters");
    known = new Map(found.encounters.map((encounter) => [encounter.id, encounter]));
    write(hint, found.advice ?? "");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    write(hint, error.message);
  }
  for (const picker of pickers) fill(picker);
}

/** Whether a recording can be for this consultation. */
export const knows = (id) => known.has(id);

/** How a consultation is called on this page. */
export function named(id) {
  if (!id) return "진료 미지정";
  return known.get(id)?.label ?? "지정된 진료";
}

/** Selects without an event. */
export function choose(picker, id) {
  if (id && ![...picker.options].some((option) => option.value === id)) picker.append(make("option", { value: id }, named(id)));
  if (picker.value !== (id ?? "")) picker.value = id ?? "";
}

/** What the physician must know before recording this one. */
export function warning(id) {
  const consent = known.get(id)?.consent;
  if (consent === "refused") return "이 환자는 녹음을 거부했습니다. 다시 동의한 경우에만 녹음하세요.";
  if (consent === "withdrawn") return "이 환자는 녹음 동의를 철회했습니다. 다시 동의한 경우에만 녹음하세요.";
  return known.get(id)?.recorded ? "이미 녹음이 있는 진료입니다." : "";
}

function fill(picker) {
  const before = picker.value;
  const options = [...known.values()].map((encounter) =>
    make("option", { value: encounter.id }, `${moment(encounter.start)}  ${encounter.label}${encounter.recorded ? " · 녹음 있음" : ""}`),
  );
  picker.replaceChildren(make("option", { value: "" }, LATER), ...options);
  choose(picker, before);
}
