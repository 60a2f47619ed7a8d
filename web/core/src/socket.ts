/** The live line to the server: a socket that resumes where it broke off, and plain HTTP where no socket gets through. */

import { tell } from "./clock.ts";
import { request } from "./commands.ts";
import { at, type Rest } from "./rest.ts";
import type { Answer, Command, Conversation, Events, Hint, Problem, ServerFrame } from "./types.ts";

/** `polling`: no socket gets through, HTTP does. `ended`: closed by us, or the token is refused. */
export type Link = "connecting" | "live" | "polling" | "offline" | "ended";

export interface LiveOptions {
  /** The server's origin; empty: the page's. */
  base: string;
  rest: Rest;
  /** Absent: the session cookie speaks. */
  token?: () => string | undefined;
  /** An operator's log has no gap, so a hole means that something was missed; a visitor's may jump. */
  gapless?: boolean;
  on: (frame: ServerFrame) => void;
  /** The server knows less than we do (it was restored): forget the conversation's log, it is sent anew up to `last`. */
  onReset?: (conversation: string, last: number) => void;
  /** `code` is the socket's close code where that is why. */
  onLink?: (link: Link, code?: number) => void;
}

export interface Live {
  /** A command, by socket or by HTTP; one answer, status 0 when none came in time. */
  command(command: Command): Promise<Answer>;
  /** A word that may be lost. */
  hint(hint: Hint): void;
  /** Reads this conversation's events after `after`, now and after every drop. */
  follow(conversation: string, after?: number): void;
  unfollow(conversation: string): void;
  /** Stops for good. */
  end(): void;
}

/** The server refused the token. */
export const TOKEN_REFUSED = 4401;
/** The server asks for fewer frames. */
const TOO_MANY = 4429;

const ANSWER_MS = 10_000;
const PROBE_AFTER_MS = 45_000;
const PROBE_ANSWER_MS = 5_000;
const BACKOFF_MS = 400;
const BACKOFF_MOST_MS = 15_000;
const POLL_MS = 3_000;
/** So many openings in a row must fail before HTTP takes over. */
const FAILURES_BEFORE_POLLING = 2;
/** Frames that wait for an answer at one time. */
const MOST_WAITING = 64;
/** The `id` of the hello: only what it asked for and cannot have is answered. */
const HELLO = "0";

/** Opens the line and keeps it open until `end`. */
export function connect(options: LiveOptions): Live {
  const { rest } = options;
  const cursors = new Map<string, number>();
  const waiting = new Map<string, (answer: Answer) => void>();
  const asking = new Set<string>();
  let socket: WebSocket | undefined;
  let link: Link = "connecting";
  let failures = 0;
  let ids = 0;
  let heardAt = Date.now();
  let again: ReturnType<typeof setTimeout> | undefined;
  let poll: ReturnType<typeof setTimeout> | undefined;

  const is = (next: Link, code?: number) => {
    if (link === next || link === "ended") return;
    link = next;
    options.onLink?.(next, code);
  };

  const ask = (frame: object, patience = ANSWER_MS) =>
    new Promise<Answer>((resolve) => {
      if (link !== "live" || waiting.size >= MOST_WAITING) return resolve({ status: 0, body: null });
      const id = String(++ids);
      const timer = setTimeout(() => settle({ status: 0, body: null }), patience);
      const settle = (answer: Answer) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(answer);
      };
      waiting.set(id, settle);
      socket!.send(JSON.stringify({ ...frame, id }));
    });

  /** Asks for what comes after the cursor, once at a time. */
  const catchUp = async (conversation: string, patience?: number) => {
    if (asking.has(conversation)) return;
    asking.add(conversation);
    const answer = await ask({ type: "follow", conversation, after: cursors.get(conversation) ?? 0 }, patience);
    asking.delete(conversation);
    if (isAhead(answer) && reset(conversation, answer)) await catchUp(conversation);
    return answer;
  };

  /** Forgets the log of a conversation. Answers whether it is still to be followed, from its start. */
  const reset = (conversation: string, { body }: Answer) => {
    if (!cursors.has(conversation)) return false;
    cursors.set(conversation, 0);
    options.onReset?.(conversation, Number((body as Problem).last_seq));
    return cursors.has(conversation);
  };

  const refusedHello = (answer: Answer) => {
    if (!isAhead(answer)) return;
    const { conversation } = answer.body as { conversation: string };
    if (reset(conversation, answer)) void catchUp(conversation);
  };

  const takeEvent = (frame: Extract<ServerFrame, { type: "event" }>) => {
    const cursor = cursors.get(frame.conversation);
    if (cursor === undefined || frame.seq <= cursor) return;
    if (options.gapless && frame.seq > cursor + 1) return void catchUp(frame.conversation);
    cursors.set(frame.conversation, frame.seq);
    options.on(frame);
  };

  const take = (frame: ServerFrame | ({ type: "answer"; id: string } & Answer)) => {
    if (frame.type === "answer") {
      tell((frame.body as { now?: string } | null)?.now);
      if (frame.id === HELLO) refusedHello(frame);
      waiting.get(frame.id)?.({ ...frame, retryAfter: retryAfter(frame.body) });
    } else if (frame.type === "event") {
      takeEvent(frame);
    } else {
      if (frame.type === "welcome") {
        tell(frame.now);
        failures = 0;
        clearTimeout(poll);
        poll = undefined;
        is("live");
      }
      if (frame.type === "conversation") tell(frame.conversation.now);
      options.on(frame);
    }
  };

  const open = () => {
    clearTimeout(again);
    again = undefined;
    if (link === "ended" || socket) return;
    const mine = new WebSocket((options.base || location.origin).replace(/^http/, "ws") + "/v1/socket");
    socket = mine;
    mine.onopen = () =>
      mine.send(
        JSON.stringify({ type: "hello", id: HELLO, token: options.token?.(), after: Object.fromEntries(cursors) }),
      );
    mine.onmessage = ({ data }) => {
      heardAt = Date.now();
      if (socket === mine) take(JSON.parse(data));
    };
    mine.onclose = (event) => {
      if (socket === mine) dropped(event.code, event.reason);
    };
  };

  /** The line broke, or never stood: settle who waits, and try again in a while. */
  const dropped = (code: number, reason = "") => {
    socket = undefined;
    for (const settle of [...waiting.values()]) settle({ status: 0, body: null });
    if (code === TOKEN_REFUSED) return end(code);
    failures += 1;
    if (link === "live") is("connecting", code);
    if (failures > FAILURES_BEFORE_POLLING && poll === undefined) poll = setTimeout(pollOnce, 0);
    again = setTimeout(open, wait(code, reason, failures));
  };

  const pollOnce = async () => {
    let reached = false;
    for (const [conversation, cursor] of [...cursors]) {
      const events = await rest<Events>("GET", at(conversation, `/events?after=${cursor}`));
      const now = await rest<Conversation>("GET", at(conversation));
      if (poll === undefined) return;
      if (events.status === 401) return end(TOKEN_REFUSED);
      if (isAhead(events)) reset(conversation, events);
      if (events.status === 200) {
        reached = true;
        for (const event of events.body.events) takeEvent({ type: "event", conversation, seq: event.seq, event });
      }
      if (now.status === 200) options.on({ type: "conversation", conversation: now.body });
    }
    if (cursors.size) is(reached ? "polling" : "offline");
    poll = setTimeout(pollOnce, POLL_MS);
  };

  /** A dead line is silent: ask something, and give it up when nothing comes. */
  const probe = async () => {
    const [conversation] = cursors.keys();
    const mine = socket;
    if (link !== "live" || !conversation || asking.has(conversation)) return;
    const answer = await catchUp(conversation, PROBE_ANSWER_MS);
    if (answer?.status === 0 && socket === mine) giveUp();
  };

  const giveUp = () => {
    const old = socket;
    if (!old) return;
    dropped(1006);
    old.close();
  };

  /** The device woke up or found a network: do not wait for a timer. */
  const nudge = () => {
    if (document.visibilityState === "hidden" || link === "ended") return;
    if (!socket) open();
    else if (Date.now() - heardAt > PROBE_ANSWER_MS) void probe();
  };

  const lostNetwork = () => {
    if (link !== "ended") is("offline");
    giveUp();
  };

  const watch = setInterval(() => Date.now() - heardAt > PROBE_AFTER_MS && void probe(), PROBE_AFTER_MS / 3);
  addEventListener("online", nudge);
  addEventListener("offline", lostNetwork);
  document.addEventListener("visibilitychange", nudge);

  const end = (code?: number) => {
    is("ended", code);
    clearTimeout(again);
    clearTimeout(poll);
    poll = undefined;
    clearInterval(watch);
    removeEventListener("online", nudge);
    removeEventListener("offline", lostNetwork);
    document.removeEventListener("visibilitychange", nudge);
    for (const settle of [...waiting.values()]) settle({ status: 0, body: null });
    const old = socket;
    socket = undefined;
    old?.close();
  };

  open();

  return {
    command: (command) => (link === "live" ? ask(command) : request(rest, command)),
    hint: (hint) => {
      if (link === "live") socket!.send(JSON.stringify(hint));
      else if (link === "polling") void request(rest, hint);
    },
    follow: (conversation, after = 0) => {
      cursors.set(conversation, after);
      if (link === "live") void catchUp(conversation);
    },
    unfollow: (conversation) => void cursors.delete(conversation),
    end: () => end(),
  };
}

function isAhead(answer: Answer): boolean {
  return answer.status === 409 && (answer.body as Problem | null)?.code === "ahead";
}

/** A problem over the socket has no headers: what HTTP says in `Retry-After` stands in its body, in seconds. */
function retryAfter(body: unknown): number | undefined {
  const seconds = Number((body as { retry_after?: unknown } | null)?.retry_after);
  return seconds ? seconds * 1000 : undefined;
}

/** Full jitter over a doubling span; a server that restarts says itself how long it takes. */
function wait(code: number, reason: string, failures: number): number {
  const hint = code === 1012 ? /"reconnect_after_ms":\s*(\d+)/.exec(reason)?.[1] : undefined;
  if (hint && failures < 2) return Math.min(+hint, BACKOFF_MOST_MS) * (1 + Math.random());
  const least = code === TOO_MANY ? BACKOFF_MOST_MS / 3 : 0;
  return least + Math.random() * Math.min(BACKOFF_MOST_MS, BACKOFF_MS * 2 ** failures);
}
