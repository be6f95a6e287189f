// Dictation: a microphone button on a statement; what is said is recognised by this service and put in at the caret.
//
// The sound goes to our own service, is recognised there and kept nowhere; the text is the physician's own.

const LONGEST_MS = 60_000;

const WORDS = {
  insecure: "이 주소에서는 마이크를 쓸 수 없습니다. https 주소로 여세요.",
  NotAllowedError: "마이크 사용이 막혀 있습니다. 주소 표시줄의 자물쇠를 눌러 마이크를 허용하세요.",
  NotFoundError: "마이크를 찾지 못했습니다. 연결을 확인하세요.",
  NotReadableError: "다른 프로그램이 마이크를 쓰고 있습니다.",
  NothingSaidError: "말소리를 듣지 못했습니다. 마이크에 가까이 대고 다시 말하세요.",
  UnreadableSoundError: "녹음을 읽지 못했습니다. 1분 안에서 다시 말하세요.",
  RecogniserBusyError: "다른 음성을 인식하고 있습니다. 잠시 뒤 다시 시도하세요.",
  NoRecogniserError: "음성 인식 모델이 없습니다. 전산 담당자에게 알려 주세요.",
  other: "말한 내용을 글로 옮기지 못했습니다. 연결을 확인하고 다시 시도하세요.",
};

export class Dictation {
  constructor(editor, textOf) {
    this.editor = editor;
    this.textOf = textOf;
    this.current = null;
  }

  // Begins to listen for the statement; a second press ends it.
  async toggle(holder) {
    if (this.current) {
      const { holder: listening } = this.current;
      this.stop();
      if (listening === holder) return;
    }
    if (!navigator.mediaDevices || !window.MediaRecorder) return this.#tell("insecure");
    const taking = { holder, caret: this.textOf(holder).selectionEnd };
    this.current = taking;
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true } });
    } catch (error) {
      this.current = null;
      return this.#tell(error.name);
    }
    if (this.current !== taking) return stream.getTracks().forEach((track) => track.stop());
    this.#record(taking, stream);
  }

  stop() {
    const { recorder } = this.current ?? {};
    if (recorder?.state === "recording") recorder.stop();
    else this.current = null;
  }

  #record(taking, stream) {
    const pieces = [];
    const recorder = new MediaRecorder(stream);
    const bar = new ListeningBar(taking.holder, stream, () => this.stop());
    const limit = setTimeout(() => this.stop(), LONGEST_MS);
    taking.recorder = recorder;
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", async () => {
      clearTimeout(limit);
      stream.getTracks().forEach((track) => track.stop());
      if (this.current === taking) this.current = null;
      bar.waiting();
      await this.#write(taking, new Blob(pieces, { type: recorder.mimeType }));
      bar.close();
    });
    recorder.start();
  }

  async #write({ holder, caret }, sound) {
    let answer;
    try {
      answer = await fetch(`${this.editor.draft.home}/dictation`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream", "x-csrf-token": this.editor.draft.csrf, accept: "application/json" },
        body: sound,
        credentials: "same-origin",
        redirect: "error",
      });
    } catch {
      return this.#tell("other");
    }
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) return this.#tell(body.kind);
    const now = holder.isConnected ? holder : document.getElementById(holder.id);
    if (!now) return this.editor.notices.tell(`문장이 없어져 넣지 못했습니다: ${body.text}`, [["닫기", () => this.editor.notices.hide()]]);
    this.#insert(this.textOf(now), caret, body.text);
  }

  #insert(text, caret, said) {
    const at = Math.min(caret, text.value.length);
    const before = text.value.slice(0, at);
    const after = text.value.slice(at);
    const piece = `${before && !/\s$/.test(before) ? " " : ""}${said}${after && !/^[\s.,]/.test(after) ? " " : ""}`;
    text.setRangeText(piece, at, at, "end");
    text.dispatchEvent(new InputEvent("input", { bubbles: true }));
    text.focus();
  }

  #tell(name) {
    this.editor.notices.tell(WORDS[name] ?? WORDS.other, [["닫기", () => this.editor.notices.hide()]]);
  }
}

// Shows under the statement that it listens, how loud, and how to end it.
class ListeningBar {
  constructor(holder, stream, stop) {
    this.holder = holder;
    this.button = holder.querySelector("[data-act=dictate]");
    this.button?.setAttribute("aria-pressed", "true");
    holder.classList.add("listening");
    this.bar = document.createElement("div");
    this.bar.className = "listening-bar";
    this.said = document.createElement("span");
    this.said.setAttribute("role", "status");
    this.said.textContent = "듣고 있습니다…";
    this.meter = document.createElement("meter");
    this.meter.max = 0.3;
    this.meter.setAttribute("aria-label", "소리 크기");
    const end = document.createElement("button");
    end.type = "button";
    end.className = "small";
    end.textContent = "그만 말하기";
    end.addEventListener("click", stop);
    this.bar.append(this.said, this.meter, end);
    holder.append(this.bar);
    this.#listen(stream);
  }

  waiting() {
    this.context.close();
    this.said.textContent = "글로 옮기는 중…";
    this.meter.remove();
    this.bar.querySelector("button").remove();
    this.button?.setAttribute("aria-pressed", "false");
  }

  close() {
    this.holder.classList.remove("listening");
    this.bar.remove();
  }

  #listen(stream) {
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 1024;
    this.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const draw = () => {
      if (this.context.state === "closed") return;
      analyser.getFloatTimeDomainData(samples);
      this.meter.value = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
      requestAnimationFrame(draw);
    };
    draw();
  }
}
