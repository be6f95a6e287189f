// A section, or the whole note or summary, as plain text for a hospital's own record.

export class Copy {
  constructor(root, notices) {
    this.root = root;
    this.notices = notices;
  }

  async section(section) {
    await this.#put(asText(section), `‘${section.dataset.title}’ 항목을 복사했습니다.`);
  }

  async part(part) {
    const sections = [...this.root.querySelectorAll(`.note-section[data-part="${part}"]`)].map(asText).filter(Boolean);
    const extra = part === "summary" ? medicines(this.root) : "";
    await this.#put([...sections, extra].filter(Boolean).join("\n\n"), part === "note" ? "진료 기록 전체를 복사했습니다." : "환자 안내문 전체를 복사했습니다.");
  }

  async #put(text, told) {
    const close = [["닫기", () => this.notices.hide()]];
    if (!text) return this.notices.tell("복사할 내용이 없습니다.", close, "info");
    try {
      await write(text);
      const open = this.root.querySelector("[data-open]");
      this.notices.tell(open ? `${told} 아직 확인하지 않은 내용이 있습니다.` : told, close, "info");
    } catch {
      this.notices.tell("복사하지 못했습니다. 브라우저가 클립보드를 막고 있습니다.", close);
    }
  }
}

// Plain http pages have no clipboard interface; the old way works there.
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) throw new Error("copying is not allowed");
}

function asText(section) {
  const lines = [...section.querySelectorAll(".statement .text")].map((text) => text.value.trim()).filter(Boolean);
  return lines.length ? [`[${section.dataset.title}]`, ...lines.map((line) => `- ${line}`)].join("\n") : "";
}

function medicines(root) {
  const rows = [...root.querySelectorAll("#medicines tbody tr")].map((row) => {
    const cells = [...row.querySelectorAll("td[data-label]")].map((cell) => [cell.dataset.label, cell.querySelector("input, select")?.value ?? cell.textContent.trim()]);
    const name = row.querySelector("th input")?.value ?? row.querySelector("th")?.textContent.trim() ?? "";
    return `- ${[name, ...cells.filter(([, value]) => value && value !== "–").map(([label, value]) => `${label} ${value}`)].join(", ")}`;
  });
  return rows.length ? ["[복약표]", ...rows].join("\n") : "";
}
