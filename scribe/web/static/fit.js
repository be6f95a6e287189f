// Text fields as high as their text, where the browser does not do that by itself.

const sizesItself = CSS.supports("field-sizing", "content");

export function fit(text) {
  if (sizesItself || !text.offsetParent) return;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

export function fitAll(root) {
  if (!sizesItself) root.querySelectorAll(".text").forEach(fit);
}
