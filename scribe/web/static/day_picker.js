// A month to choose a day from, written as Koreans write it, whatever language the browser speaks.
//
// By keyboard: arrows go by days and weeks, PageUp and PageDown by months, Home and End within the week; Enter chooses,
// Escape closes. Days are dates in Seoul, counted in UTC so that no time zone moves them.

const WEEKDAYS = "일월화수목금토";
const DAY_MS = 86_400_000;
const KEYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

const opener = document.querySelector("[data-day-pick]");
const picker = document.querySelector("[data-day-picker]");

if (opener && picker) {
  opener.hidden = false;
  for (const plain of document.querySelectorAll("[data-day-plain]")) plain.hidden = true;
  const today = read(picker.dataset.today);
  const chosen = read(picker.dataset.chosen);
  let focused = chosen;

  const open = () => {
    focused = chosen;
    picker.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    draw(true);
  };
  const close = (back = true) => {
    picker.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    if (back) opener.focus();
  };
  const move = (day, focus = true) => {
    focused = day;
    draw(focus);
  };

  function draw(focus) {
    const first = month(focused, 0);
    const head = make("div", "picker-head");
    const title = make("strong", "", `${first.getUTCFullYear()}년 ${first.getUTCMonth() + 1}월`);
    title.setAttribute("aria-live", "polite");
    head.append(step("‹", "이전 달", -1), title, step("›", "다음 달", 1));
    const table = make("table", "");
    table.setAttribute("role", "grid");
    table.setAttribute("aria-label", title.textContent);
    table.append(weekdays(), weeks(first));
    const now = make("button", "small", "오늘");
    now.type = "button";
    now.addEventListener("click", () => go(today));
    picker.replaceChildren(head, table, now);
    if (focus) picker.querySelector('[tabindex="0"]').focus();
  }

  function step(sign, name, by) {
    const button = make("button", "small", sign);
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.addEventListener("click", () => {
      move(monthsOn(focused, by), false);
      picker.querySelector(`[aria-label="${name}"]`).focus();
    });
    return button;
  }

  function weekdays() {
    const head = make("thead", "");
    const row = head.appendChild(make("tr", ""));
    for (const name of WEEKDAYS) {
      const cell = row.appendChild(make("th", "", name));
      cell.scope = "col";
      cell.abbr = `${name}요일`;
    }
    return head;
  }

  function weeks(first) {
    const body = make("tbody", "");
    const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0));
    for (let day = +first - first.getUTCDay() * DAY_MS; day <= +last; ) {
      const row = body.appendChild(make("tr", ""));
      for (let place = 0; place < 7; place += 1, day += DAY_MS) row.append(cellOf(new Date(day), first));
    }
    return body;
  }

  function cellOf(day, first) {
    const cell = make("td", "");
    if (day.getUTCMonth() !== first.getUTCMonth()) return cell;
    const button = cell.appendChild(make("button", "", String(day.getUTCDate())));
    button.type = "button";
    button.tabIndex = +day === +focused ? 0 : -1;
    button.dataset.date = written(day);
    button.setAttribute("aria-label", `${day.getUTCMonth() + 1}월 ${day.getUTCDate()}일 ${WEEKDAYS[day.getUTCDay()]}요일`);
    if (+day === +today) button.classList.add("today");
    if (+day === +chosen) button.setAttribute("aria-current", "date");
    return cell;
  }

  function go(day) {
    const address = new URL(location.href);
    address.searchParams.set("day", written(day));
    address.searchParams.delete("page");
    location.assign(address);
  }

  opener.addEventListener("click", () => (picker.hidden ? open() : close()));
  picker.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-date]");
    if (button) go(read(button.dataset.date));
  });
  picker.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return void close();
    if (!event.target.dataset.date) return;
    const to = target(event.key, focused);
    if (!to) return;
    event.preventDefault();
    move(to);
  });
  document.addEventListener("click", (event) => {
    if (picker.hidden || event.composedPath().some((one) => one === picker || one === opener)) return;
    close(false);
  });
}

function target(key, from) {
  if (KEYS[key]) return new Date(+from + KEYS[key] * DAY_MS);
  if (key === "Home") return new Date(+from - from.getUTCDay() * DAY_MS);
  if (key === "End") return new Date(+from + (6 - from.getUTCDay()) * DAY_MS);
  if (key === "PageUp" || key === "PageDown") return monthsOn(from, key === "PageUp" ? -1 : 1);
  return null;
}

function month(day, by) {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + by, 1));
}

function monthsOn(day, by) {
  const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + by + 1, 0)).getUTCDate();
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + by, Math.min(day.getUTCDate(), last)));
}

function read(text) {
  return new Date(`${text}T00:00:00Z`);
}

function written(day) {
  return day.toISOString().slice(0, 10);
}

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}
