// The signing page: one signature a page, whatever is clicked how often. The service sees to it as well.

const form = document.getElementById("sign-form");
const button = form.querySelector("button[type=submit]");

form.addEventListener("submit", (event) => {
  if (form.dataset.sent) return void event.preventDefault();
  form.dataset.sent = "yes";
  button.setAttribute("aria-disabled", "true");
  button.textContent = "서명하고 있습니다…";
});

// What answers a refused signature is this page again: going back to it, or loading it anew, sends nothing.
history.replaceState(null, "", location.href);

// Back from the next page, or shown again by the browser: what is here may be out of date.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
