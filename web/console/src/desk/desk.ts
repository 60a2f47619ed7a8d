/** The operator's desk: one line to the server, what it says taken in, and what the operator asks done. */

import {
  at,
  browserStore,
  connect,
  newId,
  serverNow,
  type Alarm,
  type Answer,
  type Conversation,
  type Draft,
  type DraftFile,
  type Link,
  type Live,
  type Message,
  type Messaging,
  type Offer,
  type Page,
  type Presence,
  type Problem,
  type Rest,
  type Session,
  type Status,
  type Template,
  type TemplateChoice,
} from "@switchboard/core";
import { openDrafts, type Drafts } from "./drafts.ts";
import { openFiles, type Files } from "./files.ts";
import { freeText } from "./free_text.ts";
import { listenWith } from "./hearing.ts";
import { openLeads, UNREACHED, type Leads } from "./leads.ts";
import { openLists } from "./lists.ts";
import { openPosting } from "./posting.ts";
import { hashOf, readRoute, type Route } from "./route.ts";
import { initialState, put, type DeskState } from "./state.ts";
import { createStore, type Store } from "./store.ts";
import { openTemplates } from "./templates.ts";
import { openThreads } from "./threads.ts";

const TYPING_SENT_EVERY_MS = 3_000;
/** How often the lists are read anew while no socket gets through. */
const POLL_LISTS_MS = 5_000;
/** How soon they are read again when that failed. */
const REREAD_MS = 3_000;

/** What the operator can do. A promise of `false`: it was refused, and the refusal has been told. */
export interface Desk {
  store: Store<DeskState>;
  drafts: Drafts;
  leads: Leads;
  files: Files;
  go(route: Route): void;
  openConversation(id: string): void;
  readLists(): void;
  loadMore(status: Status): Promise<void>;
  loadEarlier(id: string): Promise<void>;
  search(query: string): void;
  /** Reads what other chats there are of an address. */
  readOf(address: string): void;
  /** Says a text, and the files of the tray with it. False: too much is waiting to be sent already. */
  post(id: string, text: string): boolean;
  /** Says once more what did not arrive. */
  again(id: string, message: Message): Promise<void>;
  retry(id: string, client_id: string): void;
  /** Sends a refused text to the leg that is active now. */
  sendThere(id: string, draft: Draft): void;
  /** Makes a refused text a draft again. */
  takeBack(id: string, draft: Draft): void;
  /** Templates that can be sent where answers go now; null: they could not be read. */
  templates(id: string): Promise<Template[] | null>;
  /** Opens the picker of templates. */
  pick(id: string): void;
  closePicker(): void;
  /** Sends a template; asked again with the same `client_id` it is the same message. Answers the refusal, if it is one. */
  sendTemplate(id: string, client_id: string, template: TemplateChoice): Promise<Problem | null>;
  typing(id: string, typing: boolean): void;
  read(id: string): void;
  claim(id: string): Promise<boolean>;
  resolve(id: string): Promise<boolean>;
  reopen(id: string): Promise<boolean>;
  transfer(id: string, operator: string): Promise<boolean>;
  /** The visitor action command: their window asks them for an address, and moves with it. */
  ask(id: string, offer: Offer): Promise<boolean>;
  /** Switches for the visitor. Answers the refusal, if it is one, for the asker to show. */
  move(id: string, channel: string, address?: string): Promise<Problem | null>;
  cancel(id: string): Promise<boolean>;
  rename(id: string, name: string): Promise<boolean>;
  setPresence(presence: Presence): Promise<boolean>;
  /** What owners and admins should look at; null: it could not be read. */
  alarms(): Promise<Alarm[] | null>;
  /** Stops messages, or lets them go again. Answers the refusal, if it is one. */
  setMessaging(enabled: boolean, scope: "welcomes" | "all", reason: string): Promise<Problem | null>;
  /** The visitor does not want to be written to there. */
  optOut(id: string, channel: string, address: string): Promise<boolean>;
  /** Tells a refusal where it has no place of its own. */
  tell(problem: Problem, id: string | null): void;
  dismiss(): void;
  /** Says something to a screen reader. */
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
  const files = openFiles({
    operator: me,
    terms: session.attachments,
    onChange: (id, list) => store.set({ trays: put(store.get().trays, id, list) }),
  });
  const lists = openLists(store, rest);
  const templates = openTemplates(rest);
  const leads = openLeads(rest, session.organization.widget_key);
  const threads = openThreads(store, rest, lists, {
    follow: (id, after) => live.follow(id, after),
    unfollow: (id) => live.unfollow(id),
  });
  const readUpTo = new Map<string, number>();
  let typingSent = 0;
  let notices = 0;
  let left = false;
  let rereading: ReturnType<typeof setTimeout> | undefined;
  let polling: ReturnType<typeof setInterval> | undefined;

  const readLists = async () => {
    clearTimeout(rereading);
    const read = await lists.read();
    if (read === "signed_out") leave();
    else if (read === "failed" && !left) rereading = setTimeout(() => void readLists(), REREAD_MS);
  };

  const readSession = async () => {
    const { status, body } = await rest<Session>("GET", "/v1/session");
    if (status === 200) store.set({ messaging: body.messaging, alarms: body.alarms, sick: body.sick });
  };

  const onLink = (link: Link) => {
    if (isUp(store.get().link) && !isUp(link)) threads.markDrop();
    store.set({ link, linked: store.get().linked || isUp(link) });
    clearInterval(polling);
    if (link === "ended") return leave();
    if (link === "polling") polling = setInterval(() => void readLists(), POLL_LISTS_MS);
    if (isUp(link)) {
      // A hint may have been lost with the line.
      readUpTo.clear();
      void readLists();
      void readSession();
      leads.changed();
      posting.flush();
    }
  };

  const live: Live = connect({
    base: location.origin,
    rest,
    gapless: true,
    on: listenWith({ store, lists, threads, leads, onUnseen }),
    onLink,
    onReset: (id) => threads.forget(id),
  });

  const posting = openPosting({
    operator: me,
    send: async (conversation, draft, keep) => {
      const { client_id, text, leg } = draft;
      const say = (attachments?: string[]) =>
        live.command({ type: "post", conversation, client_id, text, attachments, leg });
      const answer = await (draft.files ? files.send(draft, keep, say) : say());
      // The refusal is told by what is true now: who holds it, where it stands.
      if (answer.status === 409) await lists.row(conversation);
      return answer;
    },
    onChange: (id, list) => store.set({ outgoing: put(store.get().outgoing, id, list.length ? list : undefined) }),
  });

  const takeRoute = () => {
    const route = readRoute(location.hash);
    store.set({ route, notice: null, picking: null });
    if (route.lead !== undefined && leads.store.get().listed !== "read") void leads.read();
    if (route.conversation) void threads.open(route.conversation);
  };

  const go = (route: Route) => {
    if (location.hash !== hashOf(route)) location.hash = hashOf(route);
    else takeRoute();
  };

  const leave = () => {
    if (left) return;
    left = true;
    live.end();
    posting.stop();
    clearInterval(polling);
    clearTimeout(rereading);
    removeEventListener("hashchange", takeRoute);
    onSignedOut();
  };

  const tell = (problem: Problem, conversation: string | null) =>
    store.set({ notice: { id: ++notices, problem, conversation } });

  const say = (id: string, text: string, taken: () => DraftFile[] | undefined): boolean => {
    const posted = posting.post(id, text, store.get().rows.get(id)?.active_leg?.id, taken);
    // Who answers has seen what is new; but not what still is to come over the broken line.
    if (posted && isUp(store.get().link)) {
      threads.change(id, (thread) => ({ ...thread, newAfter: null, missedAfter: null }));
    }
    return posted;
  };

  /** Takes in the conversation that a command answers with; gives back a refusal. */
  const settle = (answer: Answer): Problem | null => {
    if (answer.status < 200 || answer.status >= 300) return (answer.body as Problem | null) ?? UNREACHED;
    const row = answer.body as Conversation | null;
    if (row?.legs) lists.take([row]);
    return null;
  };

  const told = async (id: string | null, answering: Promise<Answer>): Promise<boolean> => {
    const problem = settle(await answering);
    if (problem) tell(problem, id);
    return !problem;
  };

  const command = (id: string, part: string, body: object = {}) => told(id, rest("POST", at(id, part), body));

  addEventListener("hashchange", takeRoute);
  void readLists();
  void lists.operators();
  takeRoute();

  return {
    store,
    drafts,
    leads,
    files,
    go,
    openConversation(id) {
      store.set({ opening: store.get().opening + 1 });
      go({ conversation: id, panel: false });
    },
    readLists: () => {
      store.set({ listed: "reading" });
      void readLists();
    },
    loadMore: lists.more,
    loadEarlier: threads.earlier,
    search: lists.search,
    readOf: (address) => void lists.of(address),

    post: (id, text) => say(id, text, files.trayOf(id).take),
    async again(id, { text, attachments }) {
      const taken = attachments.length ? await files.again(attachments) : undefined;
      if (taken === null) tell(UNREACHED, id);
      else say(id, text, () => taken);
    },
    retry: posting.retry,
    sendThere(id, draft) {
      posting.drop(id, draft.client_id);
      posting.post(id, draft.text, store.get().rows.get(id)?.active_leg?.id, () => draft.files);
    },
    takeBack(conversation, { client_id, text, files: back }) {
      posting.drop(conversation, client_id);
      if (back) files.trayOf(conversation).give(back);
      drafts.keep(conversation, [text, drafts.of(conversation)].filter(Boolean).join("\n"));
      store.set({ given: conversation });
    },
    async templates(id) {
      const row = store.get().rows.get(id);
      const leg = row?.legs.find((one) => one.id === row.active_leg?.id);
      return leg ? templates.of(leg.connection) : null;
    },
    pick: (id) => store.set({ picking: id }),
    closePicker: () => store.set({ picking: null }),
    async sendTemplate(id, client_id, template) {
      const leg = store.get().rows.get(id)?.active_leg?.id;
      const answer = await rest("POST", at(id, "/messages"), { client_id, template, leg });
      if (answer.status === 409) await lists.row(id);
      return settle(answer);
    },
    typing(id, typing) {
      const now = Date.now();
      if (typing ? now - typingSent < TYPING_SENT_EVERY_MS : typingSent === 0) return;
      typingSent = typing ? now : 0;
      live.hint({ type: "typing", conversation: id, typing });
    },
    read(id) {
      const unread = store.get().rows.get(id)?.unread;
      const seq = store.get().threads.get(id)?.log.cursor ?? 0;
      if (!unread || (readUpTo.get(id) ?? 0) >= seq) return;
      readUpTo.set(id, seq);
      live.hint({ type: "read", conversation: id, seq });
    },

    claim: (id) => command(id, "/claim"),
    resolve: (id) => command(id, "/resolve"),
    reopen: (id) => command(id, "/reopen"),
    transfer: (id, operator) => command(id, "/transfer", { operator }),
    ask: (id, { channel }) => command(id, "/commands", { kind: "ask_address", channel }),
    async move(id, channel, address) {
      // Who is in a closed chat is reached anew: it opens when they have the welcome.
      if (store.get().rows.get(id)?.status === "resolved") {
        const refused = settle(await rest("POST", at(id, "/reconnect"), { channel, address }));
        if (!refused && isTemplatesOnly(store.get().rows.get(id))) store.set({ picking: id });
        return refused;
      }
      return settle(await live.command({ type: "switch", conversation: id, channel, address, client_id: newId() }));
    },
    cancel: (id) => told(id, live.command({ type: "cancel", conversation: id })),
    async rename(id, name) {
      const visitor = store.get().rows.get(id)?.visitor;
      if (!visitor) return false;
      const renamed = await told(id, rest("PATCH", `/v1/visitors/${encodeURIComponent(visitor.id)}`, { name }));
      if (renamed) await lists.row(id);
      return renamed;
    },
    async setPresence(presence) {
      const before = store.get().presence;
      store.set({ presence });
      const done = await told(null, rest("PUT", "/v1/session", { presence }));
      if (!done) store.set({ presence: before });
      return done;
    },
    async alarms() {
      const { status, body } = await rest<Page<Alarm>>("GET", "/v1/alarms");
      return status === 200 ? body.items : null;
    },
    async setMessaging(enabled, scope, reason) {
      const wish = { enabled, scope, reason: reason || undefined };
      const answer = await rest<Messaging>("PUT", "/v1/organization/messaging", wish);
      const problem = settle(answer);
      if (!problem) store.set({ messaging: answer.body });
      return problem;
    },
    optOut: (id, channel, address) => command(id, "/opt-out", { channel, address }),
    tell,
    dismiss: () => store.set({ notice: null }),
    say: (said) => store.set({ said }),
    async signOut() {
      await rest("DELETE", "/v1/session");
      for (const drafts of store.get().outgoing.values())
        drafts.forEach((one) => one.files?.forEach(files.uploads.drop));
      posting.forget();
      drafts.clear();
      files.clear();
      leave();
    },
  };
}

/** It is open again, where they last wrote too long ago for free words. */
function isTemplatesOnly(row: Conversation | undefined): boolean {
  return row?.status === "in_progress" && freeText(row.active_leg, serverNow()).state === "closed";
}

/** The line carries what we ask and what the server says. */
export function isUp(link: Link): boolean {
  return link === "live" || link === "polling";
}
