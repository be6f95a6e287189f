/**
 * Live changes of a page, as server-sent events (scribe/web/events.py lists them).
 *
 *   import { listen } from "./live.js";
 *   const stop = listen("/encounters/ID/events", (name, data) => { … }, { since: 123, link: (state) => { … } });
 *
 * `handler(name, data)` is called for "encounter", "deliveries" and "anew"; "anew" means: look at everything again.
 * `since` is the number that the page was rendered at, where it knows one: nothing that came in between is missed.
 * `link(state)` is told "open", "lost" (we keep trying), "ended" (signed out) or "gone" (nothing there to listen to);
 * where there is an element `[data-live]`, that is also said there, in words.
 * A page that nobody looks at closes its stream, as a browser has few connections to one server, and takes up what it
 * missed when it is looked at again. Listening does not keep a session open.
 */

const SILENT_MS = 25_000; // the service gives a sign of life every 10 seconds
const WORDS = {
  open: "실시간으로 갱신됩니다.",
  lost: "서비스와 연결이 끊겼습니다. 다시 연결하고 있습니다. 저장된 내용은 안전합니다.",
  ended: "로그인 시간이 끝났습니다. 다시 로그인해 주세요.",
  gone: "더 이상 갱신되지 않습니다. 화면을 다시 열어 주세요.",
};

export function listen(url, handler, { since = null, link = () => {} } = {}) {
  let source = null;
  let last = since === null ? null : String(since);
  let timer;
  let wait = 1000;
  let state = "";
  let stopped = false;

  const tell = (now) => {
    if (now === state) return;
    state = now;
    say(now);
    link(now);
  };
  const hang = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const again = () => {
    hang();
    if (stopped || document.hidden) return;
    tell("lost");
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, 30_000);
  };
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(again, SILENT_MS);
  };
  const end = (now) => {
    stopped = true;
    hang();
    tell(now);
  };

  function open() {
    hang();
    const address = new URL(url, location.href);
    if (last !== null) address.searchParams.set("since", last);
    source = new EventSource(address);
    heard();
    source.onerror = refused;
    source.addEventListener("hello", () => {
      wait = 1000;
      tell("open");
    });
    source.addEventListener("end", (event) => {
      if (JSON.parse(event.data).reason === "session") end("ended");
      else again();
    });
    for (const name of ["hello", "alive", "encounter", "deliveries", "anew"]) {
      source.addEventListener(name, (event) => {
        heard();
        if (event.lastEventId) last = event.lastEventId;
        if (name !== "hello" && name !== "alive") handler(name, JSON.parse(event.data));
      });
    }
  }

  async function refused() {
    if (source?.readyState !== EventSource.CLOSED) {
      again(); // our own waits, which grow: the browser's do not
      return;
    }
    hang();
    const status = await statusOf(url);
    if (stopped) return;
    if (status === 401) end("ended");
    else if (status === 404) end("gone");
    else again();
  }

  const look = () => {
    if (stopped) return;
    if (document.hidden) hang();
    else if (!source) open();
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", hang);
  addEventListener("pageshow", look);
  look();
  return () => {
    stopped = true;
    hang();
    document.removeEventListener("visibilitychange", look);
    removeEventListener("pagehide", hang);
    removeEventListener("pageshow", look);
  };
}

/** Why a stream was refused: EventSource itself does not say. */
async function statusOf(url) {
  const asking = new AbortController();
  try {
    const answer = await fetch(url, { headers: { accept: "text/event-stream" }, signal: asking.signal });
    return answer.status;
  } catch {
    return 0; // the service is away
  } finally {
    asking.abort();
  }
}

/** How the line is, in words, where the page has a place for that. */
function say(state) {
  const place = document.querySelector("[data-live]");
  if (!place) return;
  place.dataset.live = state;
  place.textContent = WORDS[state];
  place.hidden = state === "open";
}
