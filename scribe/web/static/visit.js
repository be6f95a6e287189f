// The page of one consultation follows its state: it is drawn anew where that changes and nothing is half filled in.

import { listen } from "./live.js";

const page = document.querySelector("[data-visit]");

const begun = () =>
  [...page.querySelectorAll("input:not([type=hidden]):not([type=radio]):not([type=checkbox])")].some(
    (field) => field.value !== field.defaultValue || field === document.activeElement,
  );

listen(`/encounters/${page.dataset.visit}/events`, (name, data) => {
  if (name !== "anew" && (name !== "encounter" || data.state === page.dataset.state)) return;
  if (!page.querySelector("details[open]") && !begun()) location.reload();
});
