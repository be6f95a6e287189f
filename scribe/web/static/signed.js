// The signed record follows its deliveries: what changed is fetched and put in place, nothing else moves.

import { listen } from "./live.js";

const page = document.querySelector("[data-live-note]");
const PARTS = ["#delivery", ".patient-bar .badge"];
let busy = false;
let again = false;

async function draw() {
  if (busy) return void (again = true);
  busy = true;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return void location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of PARTS) put(document.querySelector(part), fresh.querySelector(part));
  } catch {
    again = false; // the service is away; the next event tells
  } finally {
    busy = false;
  }
  if (again) {
    again = false;
    draw();
  }
}

function put(shown, fresh) {
  if (!shown || !fresh || shown.innerHTML === fresh.innerHTML) return;
  const unfolded = [...shown.querySelectorAll("details")].map((one) => one.open);
  shown.className = fresh.className;
  shown.replaceChildren(...document.adoptNode(fresh).childNodes);
  [...shown.querySelectorAll("details")].forEach((one, place) => (one.open = unfolded[place] ?? one.open));
}

listen(page.dataset.liveNote, draw);
