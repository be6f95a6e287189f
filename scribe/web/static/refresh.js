// A page whose state changes by itself asks again every few seconds and redraws only where something changed.

// Looking counts as use of the session, so a page left open must stop: else nobody would ever be signed out.
const LONGEST_MS = 10 * 60 * 1000;
const opened = Date.now();

const shown = () => document.querySelector("[data-refresh]");

async function look() {
  let answer;
  try {
    answer = await fetch(location.href, { credentials: "same-origin" });
  } catch {
    return void again(); // the service is away; the next look may find it
  }
  if (answer.redirected) return void location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-refresh]");
  if (!fresh) return void location.reload();
  const badge = document.querySelector(".patient-bar .badge");
  const freshBadge = page.querySelector(".patient-bar .badge");
  if (badge && freshBadge) badge.replaceWith(document.adoptNode(freshBadge));
  if (fresh.innerHTML !== shown().innerHTML) {
    const focused = document.activeElement?.getAttribute("href");
    shown().replaceWith(document.adoptNode(fresh));
    if (focused) document.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  }
  again();
}

function again() {
  const seconds = Number(shown().dataset.refresh);
  if (seconds > 0 && Date.now() - opened < LONGEST_MS) setTimeout(look, seconds * 1000);
}

again();
