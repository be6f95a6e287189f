// The questions that are asked before something is gone for good, and the help.

/** Opens a dialog and tells which button closed it; "cancel" where it was left. */
export function put(dialog) {
  if (dialog.open) return Promise.resolve("cancel");
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close("cancel")); // Enter in a field means the other one
}

const erase = document.getElementById("erase-dialog");
const eraseConfirm = document.getElementById("erase-confirm");
const lengths = [...erase.querySelectorAll("input")];

erase.addEventListener("change", named);
erase.addEventListener("keydown", (event) => {
  const choice = lengths[["Digit1", "Digit2", "Digit3"].indexOf(event.code)] ?? lengths[["Numpad1", "Numpad2", "Numpad3"].indexOf(event.code)];
  if (!choice || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  choice.checked = true;
  choice.focus();
  named();
});

function named() {
  const label = erase.querySelector("input:checked + span").firstChild.textContent.trim();
  eraseConfirm.textContent = `${label} 지우기`;
}

/** The seconds to delete, or null. */
export async function askWhatToErase() {
  lengths[0].checked = true;
  named();
  const chosen = put(erase);
  lengths[0].focus();
  return (await chosen) === "erase" ? Number(erase.querySelector("input:checked").value) : null;
}

/** Whether a recording is to be thrown away. */
export async function askWhetherToDiscard(what) {
  document.getElementById("discard-what").textContent = `${what} 소리와 글자를 모두 지웁니다. 되살릴 수 없습니다.`;
  return (await put(document.getElementById("discard-dialog"))) === "discard";
}
