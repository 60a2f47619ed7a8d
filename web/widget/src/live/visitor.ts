/** The visitor at the server: made with the first message, followed over the line, and its commands. */

import { appended, attached, delivered, emptyLog } from "../../../core/src/log.ts";
import type { Draft } from "../../../core/src/outbox.ts";
import { at } from "../../../core/src/rest.ts";
import { connect, TOKEN_REFUSED, type Live } from "../../../core/src/socket.ts";
import type { Answer, Conversation, Message, Problem, ServerFrame } from "../../../core/src/types.ts";
import { left } from "../../../core/src/clock.ts";
import type { Challenge } from "../challenge/search.ts";
import type { Asking, Session } from "../session.ts";
import { failureOf } from "./failures.ts";

/** A command of the switch, without the conversation that it is for. */
export type Wish =
  | { type: "switch"; channel: string; address?: string; invitation?: string; client_id?: string }
  | { type: "cancel" | "revert" | "decline" };

export interface Visitor {
  /** Goes on with the chat that this browser keeps, if any. */
  resume(): void;
  /** Makes the visitor, where this browser has none; 201 when there is one. */
  enter(): Promise<Answer>;
  /** Sends one draft; the first makes the visitor and the conversation. */
  post(draft: Draft, keep: () => boolean): Promise<Answer>;
  /** Does a command; what the server says of it is shown, and answered too. */
  wish(wish: Wish): Promise<Answer>;
  endChat(): Promise<void>;
  typing(typing: boolean): void;
  saw(seq: number): void;
  end(): void;
}

/** An operator's typing is believed for so long. */
const TYPING_MS = 6_000;
/** Our own is said again so often. */
const TYPING_AGAIN_MS = 3_000;
/** After the server turned out not to know us. */
const LOST_MS = 500;

export function openVisitor(session: Session): Visitor {
  const { identity, rest } = session;
  let line: Live | undefined;
  let lineToken: string | undefined;
  let followed: string | undefined;
  let typingEnds: ReturnType<typeof setTimeout> | undefined;
  let typingSaidAt = 0;

  const resume = () => {
    if (!identity.token) return;
    // Another tab may have become somebody else's.
    if (line && lineToken !== identity.token) end();
    if (!line) {
      lineToken = identity.token;
      line = connect({
        base: session.base,
        rest,
        token: () => identity.token,
        on: take,
        onReset(_, last) {
          identity.saw(Math.min(identity.read, last));
          session.set({ log: emptyLog, acknowledged: [] });
        },
        onLink(link, code) {
          session.set({ link, typing: undefined });
          if (code === TOKEN_REFUSED) startAnew();
        },
      });
    }
    if (identity.conversation) follow(identity.conversation);
  };

  /** The token is gone: what is still unsent goes out with a new one. */
  const startAnew = () => {
    session.reset();
    if (session.state.drafts.length) session.outbox.flush();
  };

  const end = () => {
    line?.end();
    line = followed = undefined;
  };

  const follow = (conversation: string) => {
    if (followed === conversation) return;
    if (followed) line?.unfollow(followed);
    followed = conversation;
    identity.keep({ conversation });
    session.set({ log: emptyLog, conversation: undefined });
    line?.follow(conversation);
    void refresh();
  };

  const refresh = async () => {
    const conversation = identity.conversation;
    if (!conversation) return;
    const { status, body } = await rest<Conversation>("GET", at(conversation));
    if (status === 200) know(body);
  };

  /** Takes in the conversation as it stands, unless we know it to be newer. */
  const know = (conversation: Conversation) => {
    const known = session.state.conversation;
    if (conversation.id !== identity.conversation || (known && known.now > conversation.now)) return;
    session.set({ conversation, asking: askingAfter(session.state.asking, known, conversation) });
  };

  const take = (frame: ServerFrame) => {
    const { state } = session;
    if (frame.type === "welcome") {
      if (frame.conversation && frame.conversation !== identity.conversation) follow(frame.conversation);
      else void refresh();
      if (identity.read) saw(identity.read);
      session.outbox.flush();
    } else if (frame.type === "event") {
      const log = appended(state.log, [frame.event]);
      const acknowledged = state.acknowledged.filter(({ seq }) => seq > log.cursor);
      session.set({ log, acknowledged });
      if (frame.event.kind === "message") session.set({ typing: undefined });
    } else if (frame.type === "delivery") {
      session.set({ log: delivered(state.log, frame.seq, frame) });
    } else if (frame.type === "attachment") {
      session.set({ log: attached(state.log, frame.seq, frame) });
    } else if (frame.type === "typing") {
      clearTimeout(typingEnds);
      session.set({ typing: frame.typing ? (frame.by.name ?? session.words.t("us")) : undefined });
      if (frame.typing) typingEnds = setTimeout(() => session.set({ typing: undefined }), TYPING_MS);
    } else if (frame.type === "conversation") {
      know(frame.conversation);
    }
  };

  const become = async (): Promise<Answer> => {
    if (identity.token) return { status: 201, body: null };
    const made = await rest<{ token: string }>("POST", "/v1/visitors", { widget_key: session.widgetKey });
    if (made.status === 201) identity.keep({ token: made.body.token });
    return made;
  };

  const post = async (draft: Draft, keep: () => boolean) =>
    draft.files ? (await session.files()).send(draft, keep, (attachments) => say(draft, attachments)) : say(draft);

  const say = (draft: Draft, attachments?: string[]) =>
    alone(session.widgetKey, async () => {
      const entered = await become();
      if (entered.status !== 201) return entered;
      typingSaidAt = 0;
      const { client_id, text } = draft;
      if (!identity.conversation) {
        // Files go with a message, and that with a conversation.
        const made = await rest<Conversation>("POST", "/v1/conversations", {
          client_id: attachments ? client_id + "+" : client_id,
          text: attachments ? undefined : text,
        });
        const begun = made.status && made.status < 300;
        if (begun) {
          if (!attachments) acknowledge(draft, made.body.last_seq);
          identity.keep({ conversation: made.body.id });
          resume();
          know(made.body);
        }
        if (!attachments || !begun) return lost(made);
      }
      const conversation = identity.conversation!;
      resume();
      const answer = await line!.command({ type: "post", conversation, client_id, text, attachments });
      if (answer.status && answer.status < 300) acknowledge(draft, (answer.body as Message).seq);
      return lost(answer);
    });

  /** The server does not know us, or our conversation, any more, or there is a newer one: the same draft goes there. */
  const lost = (answer: Answer): Answer => {
    const newer = newerOf(answer);
    if (newer) follow(newer);
    else if (answer.status === 401) session.reset();
    else if (answer.status === 404) identity.keep({ conversation: undefined });
    else return answer;
    return { status: 0, body: null, retryAfter: LOST_MS };
  };

  const acknowledge = (draft: Draft, seq: number) => {
    const { acknowledged, log } = session.state;
    if (seq > log.cursor) session.set({ acknowledged: [...acknowledged, { draft, seq }] });
  };

  const wish = async (command: Wish) => {
    session.set({ failure: undefined });
    const conversation = identity.conversation;
    if (!line || !conversation) return { status: 0, body: null };
    let answer = await line.command({ ...command, conversation });
    if (command.type === "switch" && codeOf(answer) === "challenge_required") {
      const altcha = await workOf(answer);
      if (altcha) answer = await line.command({ ...command, altcha, conversation });
    }
    if (answer.status && answer.status < 300) know(answer.body as Conversation);
    else {
      session.set({ failure: failureOf(answer) });
      const newer = newerOf(answer);
      if (newer) follow(newer);
      else void refresh();
    }
    return answer;
  };

  /** Does what a challenge asks for, and says meanwhile that it does. */
  const workOf = async ({ body }: Answer) => {
    session.set({ checking: true });
    try {
      const { solve } = await import("../challenge/solve.ts");
      return await solve((body as Problem & { challenge: Challenge }).challenge);
    } catch {
      return undefined;
    } finally {
      session.set({ checking: false });
    }
  };

  const saw = (seq: number) => {
    const conversation = identity.conversation;
    if (conversation) line?.hint({ type: "read", conversation, seq });
  };

  return {
    resume,
    enter: () => alone(session.widgetKey, become),
    post,
    wish,
    saw,
    end,
    async endChat() {
      const conversation = identity.conversation;
      if (!conversation) return;
      const answer = await rest<Conversation>("POST", at(conversation, "/resolve"));
      if (answer.status === 200) know(answer.body);
      else session.set({ failure: failureOf(answer) });
    },
    typing(typing) {
      const conversation = identity.conversation;
      const now = Date.now();
      if (!conversation || (typing && now - typingSaidAt < TYPING_AGAIN_MS) || (!typing && !typingSaidAt)) return;
      typingSaidAt = typing ? now : 0;
      line?.hint({ type: "typing", conversation, typing });
    },
  };
}

function codeOf({ body }: Answer): string | undefined {
  return (body as Problem | null)?.code;
}

/** The visitor's newer conversation, where that is why a command was refused. */
function newerOf({ status, body }: Answer): string | undefined {
  const problem = body as (Problem & { conversation?: string }) | null;
  return status === 409 && problem?.code === "superseded" ? problem.conversation : undefined;
}

/**
 * Whether the number area is open once the conversation has changed. The operator's request opens it; a switch that begins,
 * in any tab, closes it, and so does a request that was withdrawn, or the chat's arrival where it was to go. A request that
 * merely ran out leaves it to the visitor.
 */
export function askingAfter(
  asking: Asking | undefined,
  before: Conversation | undefined,
  now: Conversation,
): Asking | undefined {
  const { invitation } = now;
  if (invitation && invitation.id !== before?.invitation?.id)
    return { channel: invitation.channel, invitation: invitation.id };
  const moved = before?.switch.id !== now.switch.id || before?.switch.phase !== now.switch.phase;
  if (before && moved && now.switch.phase !== "settled") return undefined;
  if (asking?.channel === now.active_leg?.channel) return undefined;
  if (!asking?.invitation || invitation) return asking;
  return left(before?.invitation?.expires_at) ? undefined : { channel: asking.channel };
}

/** One tab at a time, so that two of them never make two visitors. */
function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request(`switchboard:${name}`, work) as Promise<T>) : work();
}
