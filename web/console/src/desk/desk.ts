/** The operator's desk: takes in what the server says, and does what the operator asks. */

import {
  at,
  browserStore,
  connect,
  newId,
  type Answer,
  type Conversation,
  type Delivery,
  type Draft,
  type Events,
  type Link,
  type Offer,
  type Operator,
  type Page,
  type Presence,
  type Problem,
  type Rest,
  type ServerFrame,
  type Session,
  type Status,
  type VisitorAddress,
} from "@switchboard/core";
import { openDrafts, type Drafts } from "./drafts.ts";
import { readAnew, sectionOf, taken } from "./inbox.ts";
import { openPosting } from "./posting.ts";
import { hashOf, readRoute, type Route } from "./route.ts";
import { initialState, put, type DeskState } from "./state.ts";
import { createStore, type Store } from "./store.ts";
import { newThread, opened, PAGE, withDelivery, withEarlier, withEvent, type Thread } from "./thread.ts";

const LIST_LIMIT = 100;
/** Logs kept on this machine; the one looked at the longest ago goes first. */
const MOST_THREADS = 12;
const TYPING_SHOWN_MS = 6_000;
const TYPING_SENT_EVERY_MS = 3_000;
/** How often the list is read anew while no socket gets through. */
const POLL_LIST_MS = 5_000;
const STATUSES: readonly Status[] = ["waiting", "in_progress", "resolved"];

export interface Desk {
  store: Store<DeskState>;
  drafts: Drafts;
  go(route: Route): void;
  openConversation(id: string): void;
  reload(): void;
  loadEarlier(id: string): Promise<void>;
  loadMore(status: Status): Promise<void>;
  search(query: string): void;
  /** False: too much is waiting to be sent already. */
  post(id: string, text: string): boolean;
  retry(id: string, client_id: string): void;
  drop(id: string, client_id: string): void;
  /** Sends a refused text to the leg that is active now. */
  sendThere(id: string, draft: Draft): void;
  /** Puts a text back into the composer. */
  giveBack(id: string, text: string): void;
  typing(id: string, typing: boolean): void;
  read(id: string): void;
  claim(id: string): Promise<boolean>;
  resolve(id: string): Promise<boolean>;
  reopen(id: string): Promise<boolean>;
  transfer(id: string, operator: string): Promise<boolean>;
  ask(id: string, offer: Offer): Promise<boolean>;
  /** Answers the refusal, if it is one, for the asker to show. */
  move(id: string, channel: string, address?: string): Promise<Problem | null>;
  cancel(id: string): Promise<boolean>;
  rename(id: string, name: string): Promise<boolean>;
  setPresence(presence: Presence): Promise<boolean>;
  /** Tells a refusal where it has no place of its own. */
  tell(problem: Problem, id: string | null): void;
  dismiss(): void;
  say(words: string): void;
  signOut(): Promise<void>;
}

interface Options {
  session: Session;
  rest: Rest;
  /** The session is over, by our wish or the server's. */
  onSignedOut: () => void;
  /** A visitor wrote, and it is not on the screen. */
  onUnseen: (conversation: Conversation) => void;
}

export function openDesk({ session, rest, onSignedOut, onUnseen }: Options): Desk {
  const me = session.operator.id;
  const store = createStore(initialState(session, readRoute(location.hash)));
  const drafts = openDrafts(browserStore(), `switchboard:console:${me}:drafts`);
  /** Unread when opened, told until the first answer is there. */
  const unreadAtOpening = new Map<string, number>();
  const readUpTo = new Map<string, number>();
  let typingSent = 0;
  let notices = 0;
  let polling: ReturnType<typeof setInterval> | undefined;

  const setThread = (id: string, change: (thread: Thread) => Thread) => {
    const thread = store.get().threads.get(id);
    if (!thread) return;
    const next = change(thread);
    if (next !== thread) store.set({ threads: put(store.get().threads, id, next) });
  };

  const takeRows = (rows: readonly Conversation[]) => store.set({ rows: taken(store.get().rows, rows) });

  // ---- what the server says

  const take = (frame: ServerFrame) => {
    switch (frame.type) {
      case "event":
        return setThread(frame.conversation, (thread) => withEvent(thread, frame.event));
      case "delivery":
        return setThread(frame.conversation, (thread) => withDelivery(thread, frame.seq, deliveryOf(frame)));
      case "conversation":
        return takeRow(frame.conversation);
      case "typing":
        return takeTyping(frame);
      case "presence":
        return takePresence(frame);
    }
  };

  const takeRow = (row: Conversation) => {
    const held = store.get().rows.get(row.id);
    takeRows([row]);
    if (wroteAnew(held, row)) {
      store.set({ typing: put(store.get().typing, row.id, undefined) });
      if (sectionOf(row, me) !== "in_progress" && !isSeen(row.id)) onUnseen(row);
    }
  };

  const isSeen = (id: string) => store.get().route.conversation === id && document.visibilityState === "visible";

  const takeTyping = (frame: Extract<ServerFrame, { type: "typing" }>) => {
    const { conversation, by, typing } = frame;
    if (by.id === me) return;
    const until = Date.now() + TYPING_SHOWN_MS;
    store.set({ typing: put(store.get().typing, conversation, typing ? { by, until } : undefined) });
    if (typing) setTimeout(() => forgetTyping(conversation), TYPING_SHOWN_MS + 50);
  };

  const forgetTyping = (conversation: string) => {
    const shown = store.get().typing.get(conversation);
    if (shown && shown.until <= Date.now()) {
      store.set({ typing: put(store.get().typing, conversation, undefined) });
    }
  };

  const takePresence = (frame: Extract<ServerFrame, { type: "presence" }>) => {
    if ("operator" in frame) {
      const { operator, presence } = frame;
      const operators = store.get().operators.map((one) => (one.id === operator.id ? { ...one, presence } : one));
      store.set(operator.id === me ? { operators, presence } : { operators });
    } else {
      const row = store.get().rows.get(frame.conversation);
      if (row) store.set({ rows: put(store.get().rows, row.id, { ...row, visitor_here: frame.visitor_here }) });
    }
  };

  const onLink = (link: Link) => {
    const { linked } = store.get();
    const wasUp = isUp(store.get().link);
    if (wasUp && !isUp(link)) markDrop();
    store.set({ link, linked: linked || isUp(link) });
    clearInterval(polling);
    if (link === "ended") return onSignedOut();
    if (link === "polling") polling = setInterval(() => void readLists(), POLL_LIST_MS);
    if (isUp(link)) {
      void readLists();
      posting.flush();
    }
  };

  /** The line is down: whatever comes after this entry was missed. */
  const markDrop = () => {
    const open = store.get().route.conversation;
    const threads = new Map(store.get().threads);
    for (const [id, thread] of threads) {
      threads.set(id, { ...thread, missedAfter: id === open ? thread.log.cursor : null });
    }
    store.set({ threads });
  };

  const live = connect({ base: location.origin, rest, gapless: true, on: take, onLink, onReset: (id) => forget(id) });

  // ---- the lists

  const listOf = (query: Record<string, string>) =>
    rest<Page<Conversation>>(
      "GET",
      "/v1/conversations?" + new URLSearchParams({ limit: String(LIST_LIMIT), ...query }).toString(),
    );

  const readLists = async () => {
    const mine = listOf({ status: "in_progress", assignee: "me" });
    const answers = await Promise.all([...STATUSES.map((status) => listOf({ status })), mine]);
    if (answers.some((answer) => answer.status === 401)) return signedOut();
    if (answers.some((answer) => answer.status !== 200)) {
      if (store.get().listed !== "read") store.set({ listed: "failed" });
      return;
    }
    const read = answers.flatMap((answer) => answer.body.items);
    const more = Object.fromEntries(STATUSES.map((status, i) => [status, answers[i]!.body.next_cursor ?? null]));
    const open = store.get().route.conversation;
    const kept = (id: string) => id === open || store.get().threads.has(id);
    store.set({
      rows: readAnew(store.get().rows, read, kept),
      listed: "read",
      more: more as DeskState["more"],
    });
    const listed = new Set(read.map((row) => row.id));
    for (const id of store.get().threads.keys()) if (!listed.has(id)) void readRow(id);
  };

  const readRow = async (id: string) => {
    const answer = await rest<Conversation>("GET", at(id));
    if (answer.status === 200) takeRows([answer.body]);
    return answer;
  };

  const readOperators = async () => {
    const answer = await rest<Page<Operator>>("GET", "/v1/operators");
    if (answer.status === 200) store.set({ operators: answer.body.items });
  };

  let searched = 0;
  const search = (query: string) => {
    store.set({ query });
    clearTimeout(searched);
    if (query.trim().length < 2) return;
    searched = window.setTimeout(async () => {
      const answer = await listOf({ q: query.trim() });
      if (answer.status === 200) takeRows(answer.body.items);
    }, 250);
  };

  // ---- the open conversation

  const openThread = async (id: string) => {
    if (store.get().threads.has(id)) return touch(id);
    let row = store.get().rows.get(id);
    setThreadNew(id, newThread(row?.last_seq ?? 0));
    if (!row) row = (await readRow(id)).body ?? undefined;
    if (!row?.id) return setThread(id, (thread) => ({ ...thread, state: "failed" }));
    unreadAtOpening.set(id, row.unread ?? 0);
    const start = newThread(row.last_seq);
    const answer = await rest<Events>("GET", at(id, `/events?after=${start.before}`));
    if (answer.status !== 200) return setThread(id, (thread) => ({ ...thread, state: "failed" }));
    setThread(id, () => opened(start, answer.body.events, unreadAtOpening.get(id) ?? 0));
    const cursor = store.get().threads.get(id)?.log.cursor;
    if (cursor !== undefined) live.follow(id, cursor);
  };

  const setThreadNew = (id: string, thread: Thread) => {
    const threads = new Map(store.get().threads).set(id, thread);
    for (const oldest of threads.keys()) {
      if (threads.size <= MOST_THREADS) break;
      threads.delete(oldest);
      live.unfollow(oldest);
    }
    store.set({ threads });
  };

  /** Opened again: it is the last to be let go, and what was new then is not new now. */
  const touch = (id: string) => {
    const thread = store.get().threads.get(id)!;
    const threads = new Map(store.get().threads);
    threads.delete(id);
    const unread = store.get().rows.get(id)?.unread ?? 0;
    threads.set(id, thread.state === "ready" ? opened({ ...thread, missedAfter: null }, [], unread) : thread);
    store.set({ threads });
    if (thread.state === "failed") forget(id);
  };

  /** Lets a log go; the open one is read again from the start. */
  const forget = (id: string) => {
    live.unfollow(id);
    store.set({ threads: put(store.get().threads, id, undefined) });
    if (store.get().route.conversation === id) void openThread(id);
  };

  const loadEarlier = async (id: string) => {
    const thread = store.get().threads.get(id);
    if (!thread || thread.loadingEarlier || thread.before === 0) return;
    setThread(id, (now) => ({ ...now, loadingEarlier: true }));
    const after = Math.max(0, thread.before - PAGE);
    const answer = await rest<Events>("GET", at(id, `/events?after=${after}`));
    setThread(id, (now) =>
      answer.status === 200 ? withEarlier(now, after, answer.body.events) : { ...now, loadingEarlier: false },
    );
  };

  const go = (route: Route) => {
    if (location.hash !== hashOf(route)) location.hash = hashOf(route);
    else takeRoute();
  };

  const takeRoute = () => {
    const route = readRoute(location.hash);
    store.set({ route, notice: null });
    if (route.conversation) void openThread(route.conversation);
  };

  // ---- what the operator asks

  const tell = (problem: Problem | null, conversation: string | null) =>
    store.set({ notice: { id: ++notices, problem: problem ?? UNREACHED, conversation } });

  const signedOut = () => {
    live.end();
    posting.stop();
    removeEventListener("hashchange", takeRoute);
  };

  /** Takes in the conversation that a command answers with; a refusal is given back. */
  const settle = (answer: Answer): Problem | null => {
    if (answer.status >= 200 && answer.status < 300) {
      const row = answer.body as Conversation | null;
      if (row?.legs) takeRows([row]);
      return null;
    }
    return (answer.body as Problem | null) ?? UNREACHED;
  };

  const told = async (id: string | null, answering: Promise<Answer>): Promise<boolean> => {
    const problem = settle(await answering);
    if (problem) tell(problem, id);
    return !problem;
  };

  const command = (id: string, part: string, body?: unknown) => told(id, rest("POST", at(id, part), body ?? {}));

  const posting = openPosting({
    operator: me,
    send: async (conversation, { client_id, text, leg }) => {
      const answer = await live.command({ type: "post", conversation, client_id, text, leg });
      if (answer.status === 409) {
        await readRow(conversation);
      }
      return answer;
    },
    onChange: (id, list) => store.set({ outgoing: put(store.get().outgoing, id, list.length ? list : undefined) }),
  });

  addEventListener("hashchange", takeRoute);
  void readLists();
  void readOperators();
  takeRoute();

  return {
    store,
    drafts,
    go,
    openConversation: (id) => go({ conversation: id, panel: false }),
    reload: () => {
      store.set({ listed: "reading" });
      void readLists();
    },
    loadEarlier,
    async loadMore(status) {
      const cursor = store.get().more[status];
      if (!cursor) return;
      const answer = await listOf({ status, cursor });
      if (answer.status !== 200) return;
      takeRows(answer.body.items);
      store.set({ more: { ...store.get().more, [status]: answer.body.next_cursor } });
    },
    search,
    post(id, text) {
      const posted = posting.post(id, text, store.get().rows.get(id)?.active_leg?.id);
      // Who answers has seen what is new; but not what still is to come over the broken line.
      if (posted && isUp(store.get().link)) {
        setThread(id, (thread) => ({ ...thread, newAfter: null, missedAfter: null }));
      }
      return posted;
    },
    retry: posting.retry,
    drop: posting.drop,
    sendThere(id, draft) {
      posting.drop(id, draft.client_id);
      posting.post(id, draft.text, store.get().rows.get(id)?.active_leg?.id);
    },
    giveBack: (conversation, text) => store.set({ given: { conversation, text } }),
    typing(id, typing) {
      if (typing && Date.now() - typingSent < TYPING_SENT_EVERY_MS) return;
      typingSent = typing ? Date.now() : 0;
      live.hint({ type: "typing", conversation: id, typing });
    },
    read(id) {
      const row = store.get().rows.get(id);
      const seq = store.get().threads.get(id)?.log.cursor ?? 0;
      if (!row?.unread || !seq || (readUpTo.get(id) ?? 0) >= seq) return;
      readUpTo.set(id, seq);
      live.hint({ type: "read", conversation: id, seq });
    },
    claim: (id) => command(id, "/claim"),
    resolve: (id) => command(id, "/resolve"),
    reopen: (id) => command(id, "/reopen"),
    transfer: (id, operator) => command(id, "/transfer", { operator }),
    ask: (id, offer) => command(id, "/commands", { kind: "ask_address", channel: offer.channel }),
    move: async (id, channel, address) =>
      settle(await live.command({ type: "switch", conversation: id, channel, address, client_id: newId() })),
    cancel: (id) => told(id, live.command({ type: "cancel", conversation: id })),
    async rename(id, name) {
      const visitor = store.get().rows.get(id)?.visitor;
      if (!visitor) return false;
      const renamed = await told(id, rest("PATCH", `/v1/visitors/${encodeURIComponent(visitor.id)}`, { name }));
      if (renamed) await readRow(id);
      return renamed;
    },
    async setPresence(presence) {
      const before = store.get().presence;
      store.set({ presence });
      const done = await told(null, rest("PUT", "/v1/session", { presence }));
      if (!done) store.set({ presence: before });
      return done;
    },
    tell,
    dismiss: () => store.set({ notice: null }),
    say: (said) => store.set({ said }),
    async signOut() {
      await rest("DELETE", "/v1/session");
      posting.forget();
      signedOut();
    },
  };
}

/** Stands in for an answer that did not come. */
const UNREACHED: Problem = { type: "about:blank", title: "", status: 0, code: "unreached" };

/** The line carries what we ask and what the server says. */
export function isUp(link: Link): boolean {
  return link === "live" || link === "polling";
}

function deliveryOf({ state, reason }: Extract<ServerFrame, { type: "delivery" }>): Delivery {
  return reason ? { state, reason } : { state };
}

/** The visitor has written since we last saw the row. */
function wroteAnew(held: Conversation | undefined, row: Conversation): boolean {
  const { last_message: last } = row;
  return last?.author_kind === "visitor" && last.at !== held?.last_message?.at && (row.unread ?? 0) > 0;
}

/** Addresses on which the visitor can be reached by a switch, the best proven first. */
export function reachable(addresses: readonly VisitorAddress[]): VisitorAddress[] {
  const rank = { linked: 0, replied: 1, delivered: 2, claimed: 3 };
  return addresses.filter((one) => !one.opted_out).sort((a, b) => rank[a.proof] - rank[b.proof]);
}
