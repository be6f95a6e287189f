// Tabs by the ARIA pattern: arrow keys move, the chosen panel is shown.

export function bindTabs(list, onChoose) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const choose = (tab, focus) => {
    for (const other of tabs) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
    }
    if (focus) tab.focus();
    onChoose(tab.getAttribute("aria-controls"));
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) choose(tab, false);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const here = tabs.indexOf(document.activeElement);
    if (!step || here < 0) return;
    event.preventDefault();
    const shown = tabs.filter((tab) => tab.offsetParent);
    const next = shown[(shown.indexOf(tabs[here]) + step + shown.length) % shown.length];
    choose(next, true);
  });
  return (panel) => {
    const tab = tabs.find((one) => one.getAttribute("aria-controls") === panel);
    if (tab) choose(tab, false);
  };
}
