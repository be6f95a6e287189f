// The agent's state by server-sent events, and the commands that go back.

let token = "";

export class Refused extends Error {}

/** Follows the agent; `on` holds a function for each event and `link(state)` for the connection itself. */
export function follow(on) {
  let source;
  let silent;
  const listen = () => {
    clearTimeout(silent);
    silent = setTimeout(reopen, 25_000); // the agent sends a sign of life every 10 seconds
  };
  const reopen = () => {
    source?.close();
    on.link("lost");
    open();
  };
  const open = () => {
    source = new EventSource("/api/events");
    listen();
    source.addEventListener("hello", (event) => {
      token = JSON.parse(event.data).token;
      on.link("open");
    });
    for (const name of ["state", "level", "live", "alive"]) {
      source.addEventListener(name, (event) => {
        listen();
        on[name]?.(JSON.parse(event.data));
      });
    }
    source.addEventListener("error", () => {
      on.link("lost");
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(silent);
        silent = setTimeout(reopen, 2_000);
      }
    });
  };
  open();
}

/** GET of a JSON document. */
export async function ask(path) {
  return answer(await reach(path, { headers: { accept: "application/json" } }));
}

/** POST of a command; a refusal is thrown with the agent's sentence. */
export async function tell(path, body = {}) {
  return answer(
    await reach(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-scribe-desk": token },
      body: JSON.stringify(body),
    }),
  );
}

async function reach(path, options) {
  try {
    return await fetch(path, { ...options, cache: "no-store", credentials: "same-origin" });
  } catch {
    throw new Refused("녹음 프로그램이 응답하지 않습니다. 잠시 뒤 다시 시도하세요.");
  }
}

async function answer(response) {
  if (response.ok) return response.json();
  const text = await response.json().then((it) => it.error, () => null);
  throw new Refused(text ?? "처리하지 못했습니다. 잠시 뒤 다시 시도하세요.");
}
