// Light, dark, or as the system is: chosen in the account menu, shown at once, kept by the server.

const form = document.getElementById("theme-form");
const dark = document.getElementById("dark");
const MEDIA = { auto: "screen and (prefers-color-scheme: dark)", light: "not all", dark: "screen" };
const SCHEME = { auto: "light dark", light: "light", dark: "dark" };

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { value } = event.submitter;
  show(value);
  const body = new URLSearchParams({ csrf: form.elements.csrf.value, theme: value });
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", credentials: "same-origin" });
  if (answer.type !== "opaqueredirect") form.querySelector("[role=alert]").hidden = false;
});

function show(theme) {
  document.documentElement.dataset.theme = theme;
  dark.media = MEDIA[theme];
  document.querySelector("meta[name=color-scheme]").content = SCHEME[theme];
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === theme));
}
