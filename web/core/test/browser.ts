/** As much of a browser as the core asks for: a store, events of the window, and sockets that the test holds the other end of. */

export class MemoryStorage implements Storage {
  readonly #kept = new Map<string, string>();
  get length() {
    return this.#kept.size;
  }
  key(i: number) {
    return [...this.#kept.keys()][i] ?? null;
  }
  getItem(name: string) {
    return this.#kept.get(name) ?? null;
  }
  setItem(name: string, value: string) {
    this.#kept.set(name, value);
  }
  removeItem(name: string) {
    this.#kept.delete(name);
  }
  clear() {
    this.#kept.clear();
  }
}

/** A socket whose server is the test. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  readonly sent: Record<string, unknown>[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number; reason: string }) => void;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {}

  /** The server accepts, and welcomes. */
  welcome() {
    this.onopen?.();
    this.says({
      type: "welcome",
      now: "2026-01-01T00:00:00.000Z",
      you: { kind: "visitor", id: "v" },
      conversation: null,
    });
  }
  says(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  event(conversation: string, seq: number) {
    const event = { seq, at: "2026-01-01T00:00:00.000Z", kind: "reopened", by: { kind: "system" } };
    this.says({ type: "event", conversation, seq, event });
  }
  drops(code = 1006, reason = "") {
    this.onclose?.({ code, reason });
  }
}

/** Puts what the core uses of a browser in its place. */
export function installBrowser(): void {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  Object.assign(globalThis, {
    WebSocket: FakeSocket,
    document,
    location: { origin: "http://shop.test" },
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
  });
  FakeSocket.all = [];
}

/** Lets promises that are ready go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
