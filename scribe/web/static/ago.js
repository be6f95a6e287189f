// How long ago, kept true: <time datetime="…" data-ago="wait|past">.

function elapsed(since) {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 60_000));
  if (minutes < 1) return "방금";
  if (minutes < 60) return `${minutes}분`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)}시간` : `${Math.floor(minutes / 1440)}일`;
}

function tick(page) {
  for (const time of page.querySelectorAll("time[data-ago]")) {
    const text = elapsed(time.dateTime);
    const words = text === "방금" ? text : time.dataset.ago === "wait" ? `${text}째` : `${text} 전`;
    if (time.textContent !== words) time.textContent = words;
  }
}

/** Every half minute; `also` is called each time as well. */
export function keepTicking(page, also = () => {}) {
  setInterval(() => {
    tick(page);
    also();
  }, 30_000);
}
