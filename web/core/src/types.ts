/** The shapes that the server speaks, over HTTP and over the socket. Names are those of the API document. */

/** RFC 3339, UTC, milliseconds. */
export type Time = string;

export type Status = "waiting" | "in_progress" | "resolved";
export type Presence = "online" | "busy" | "offline";
export type Role = "owner" | "admin" | "operator";
export type Proof = "claimed" | "delivered" | "replied" | "linked";
export type DeliveryState = "held" | "queued" | "sent" | "uncertain" | "failed" | "delivered" | "read" | "withdrawn";

export interface Actor {
  kind: "visitor" | "operator" | "bot" | "system";
  id?: string;
  name?: string;
}

export interface OperatorRef {
  id: string;
  name: string;
}

export interface Delivery {
  state: DeliveryState;
  reason?: string | null;
}

/** What is common to the active leg and the list of legs. */
export interface ActiveLeg {
  id: string;
  channel: string;
  address: string | null;
  proof: Proof;
  /** A socket or request of it was seen a moment ago (web). */
  live: boolean;
  /** The visitor has written on it. */
  heard: boolean;
  /** What is said now waits until they first write. Operators are told. */
  holds?: boolean;
  text_limit: number;
  /** Billed by segments: the composer counts them. */
  counts_segments: boolean;
  /** Whether it takes free text now; null where it always does. Operators are told. */
  window?: FreeTextWindow | null;
  /** The files that go as what they are; others go as links. Absent where all are shown. Operators are told. */
  carries?: Carried[];
  carries_at_once?: number;
}

/** A kind of file that goes as what it is. */
export interface Carried {
  /** `image/png`, or `image/*`. */
  content_type: string;
  /** In bytes. */
  limit: number;
  /** The longest text beside it. */
  caption?: number;
}

/** Some channels take free text only for a while after somebody wrote, and templates at all times. */
export interface FreeTextWindow {
  open: boolean;
  /** null: it has no end, or they have never written. */
  until: Time | null;
  /** What a message is billed as now. */
  price: "service" | "template";
}

/** What a provider has approved to be sent to people who have not written lately. */
export interface Template {
  connection: string;
  channel: string;
  id: string;
  name: string;
  language: string;
  category: string;
  approved: boolean;
  /** The provider's own word. */
  status: string;
  /** Each variable as `{{name}}`. */
  body: string;
  variables: string[];
}

/** `GET /v1/templates`. */
export interface TemplateList {
  items: Template[];
  /** Connections whose provider did not answer. */
  unanswered: string[];
}

/** A template and what its variables stand for. */
export interface TemplateChoice {
  id: string;
  language: string;
  variables: Record<string, string>;
}

export interface Leg {
  id: string;
  channel: string;
  address: string | null;
  connection: string;
  proof: Proof;
  heard: boolean;
  usable: boolean;
  taken_back: boolean;
  active: boolean;
  opened_at: Time;
  opened_by: Actor;
  why: string;
}

export type SwitchOutcome = "kept" | "reverted" | "cancelled" | "failed" | "lost";

/** Where the last switch stands. */
export interface SwitchView {
  phase: "settled" | "greeting" | "reversible";
  id?: string | null;
  channel?: string | null;
  address?: string | null;
  asked_by?: Actor | null;
  /** Greeting: until when the provider may still accept the welcome. */
  deadline?: Time | null;
  /** Reversible: until when the visitor can put it back. */
  until?: Time | null;
  from_channel?: string | null;
  /** Settled, and the last switch ended badly. */
  reason?: string | null;
  outcome?: SwitchOutcome | null;
  /** The number is held: by this conversation. Operators are told where one conversation is read. */
  held_by?: string | null;
}

export interface Invitation {
  id: string;
  channel: string;
  expires_at: Time;
}

/** A channel that the organization offers to go on with. */
export interface Offer {
  channel: string;
  connection?: string;
  /** What the visitor must give to be reached there. */
  asks: "phone" | null;
  /** The visitor can go on there by writing first, by a link of their own. */
  links?: boolean;
  text_limit?: number;
}

/** `POST /v1/conversations/{id}/links`: a link by which the visitor writes first. */
export interface WritingLink {
  channel: string;
  /** Opens their own program with the text written. */
  url: string;
  /** What it writes: a one-time code. */
  text: string;
  /** The link as a QR code: an SVG document. */
  qr: string;
  expires_at: Time;
}

/** `POST /v1/visitors/return`: a browser that came by a link. */
export interface CameBack {
  visitor: { id: string };
  token: string;
  conversation: { id: string };
}

export interface VisitorAddress {
  channel: string;
  address: string;
  /** The number of whoever is known by something else. */
  number?: string;
  given_in?: GivenIn;
  proof: Proof;
  opted_out: boolean;
}

/** How somebody's address became known. */
export type GivenIn = "switch" | "form" | "lead" | "operator" | "message";

export interface Conversation {
  id: string;
  status: Status;
  active_leg: ActiveLeg | null;
  legs: Leg[];
  switch: SwitchView;
  invitation: Invitation | null;
  assignee: OperatorRef | null;
  reachable: boolean;
  last_seq: number;
  now: Time;
  updated_at: Time;
  created_at: Time;
  channels: Offer[];
  /** What follows is sent to operators only. */
  visitor?: {
    id: string;
    name: string | null;
    addresses: VisitorAddress[];
    /** Not told in lists and on the line. */
    lead?: string | null;
  };
  unread?: number;
  queued_at?: Time | null;
  last_message?: { text: string; author_kind: Actor["kind"]; channel: string; at: Time } | null;
  visitor_here?: boolean;
}

export type LeadState = "new" | "contacted" | "won" | "closed";

/** An address of a lead's. */
export interface LeadAddress {
  /** `phone`, `email`, or the channel that alone understands it. */
  kind: string;
  address: string;
  proof: Proof;
  given_at: Time;
  /** The number of whoever is known by something else. */
  number?: string;
  given_in: GivenIn;
  /** Where they were reached there. */
  channels: string[];
  opted_out: string[];
  consent: { text: string | null; at: Time; source: string } | null;
}

/** What an operator can write down about a lead. */
export interface LeadFields {
  name: string | null;
  phone: string | null;
  email: string | null;
  company: string | null;
  place: string | null;
  industry: string | null;
  needs: string | null;
  message: string | null;
}

/** What is known of a visitor, or of somebody who never was one. */
export interface Lead extends LeadFields {
  id: string;
  state: LeadState;
  source: "form" | "operator" | "import" | "conversation";
  visitor: string | null;
  /** The conversation of its last reconnect. */
  conversation: string | null;
  addresses: LeadAddress[];
  created_at: Time;
  updated_at: Time;
}

/** A file that goes with a message, as it was when that was read. */
export interface Attachment {
  id?: string;
  name: string;
  content_type: string;
  /** In bytes; none while it is not known. */
  size: number | null;
  state: "here" | "fetching" | "gone";
  /** Opens it without a token, for an hour at least; none while it is not here. */
  url: string | null;
}

interface Entry<K extends string> {
  seq: number;
  at: Time;
  kind: K;
}

export type MessageEntry = Entry<"message"> & {
  author: Actor;
  leg: string;
  channel: string;
  text: string;
  attachments: Attachment[];
  client_id?: string | null;
  delivery: Delivery;
  /** What the template is called that the words are of (operators). */
  template?: string;
  /** Said on web and seen by no view when the leg changed (operators). */
  not_seen?: boolean;
};

type OnLeg = { channel: string; address: string | null };

/** One entry of a conversation's log. Kinds that a client does not know are passed over. */
export type LogEvent =
  | (Entry<"opened"> & { by: Actor; channel: string })
  | MessageEntry
  | (Entry<"leg_opened"> & OnLeg & { leg: string; by: Actor; why: string })
  | (Entry<"switch_asked"> &
      OnLeg & { switch: string; by: Actor; from_channel: string | null; leg: string; deadline: Time | null })
  | (Entry<"switched"> &
      OnLeg & {
        switch: string;
        by: Actor;
        from_channel: string | null;
        leg: string;
        until: Time | null;
        how: "welcome" | "asked" | "follow" | "adopted";
      })
  | (Entry<"switch_failed"> & OnLeg & { switch: string; reason: string })
  | (Entry<"switch_cancelled"> & OnLeg & { switch: string; by: Actor })
  | (Entry<"reverted"> & OnLeg & { switch: string; from_channel: string | null; leg: string; by: Actor })
  | (Entry<"leg_lost"> &
      OnLeg & {
        leg: string;
        why: "opt_out" | "undeliverable" | "connection_off" | "wrong_person" | "moved" | "unusable";
        /** Who opted out; absent in logs from before. */
        by?: Actor;
        to_channel: string | null;
      })
  | (Entry<"invited"> & { invitation: string; channel: string; expires_at: Time; by: Actor })
  | (Entry<"invitation_closed"> & {
      invitation: string;
      why: "used" | "declined" | "replaced" | "left" | "resolved";
    })
  | (Entry<"assigned"> & {
      operator: OperatorRef | null;
      by: Actor;
      why: "claim" | "transfer" | "requeued" | "reconnect";
    })
  | (Entry<"resolved"> & { by: Actor })
  | (Entry<"reopened"> & { by: Actor })
  | (Entry<"proof"> & OnLeg & { leg: string; proof: Proof })
  | (Entry<"consent"> & OnLeg & { leg: string; word: "opt_out" | "opt_in"; by: Actor });

export type LogEventOf<K extends LogEvent["kind"]> = Extract<LogEvent, { kind: K }>;
export type Message = LogEventOf<"message">;

/** RFC 9457. Extra members belong to the code. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  [extra: string]: unknown;
}

/** What came back for a command or request. `status` 0: the server was not reached, or did not answer in time. */
export interface Answer<T = unknown> {
  status: number;
  body: T;
  /** From `Retry-After`, in milliseconds. */
  retryAfter?: number;
}

/** Commands that a socket carries; over HTTP each is a request of its own. */
export type Command =
  | { type: "post"; conversation: string; client_id: string; text: string; attachments?: string[]; leg?: string }
  | {
      type: "switch";
      conversation: string;
      channel: string;
      address?: string;
      invitation?: string;
      client_id?: string;
      /** What meets the challenge that a refusal brought. */
      altcha?: string;
    }
  | { type: "cancel" | "revert" | "decline"; conversation: string };

/** Words that get no answer and may be lost. */
export type Hint =
  { type: "typing"; conversation: string; typing: boolean } | { type: "read"; conversation: string; seq: number };

/** What the server says by itself. */
export type ServerFrame =
  | {
      type: "welcome";
      now: Time;
      you: { kind: Actor["kind"]; id: string; name?: string; role?: Role };
      conversation: string | null;
    }
  | { type: "event"; conversation: string; seq: number; event: LogEvent }
  | { type: "delivery"; conversation: string; seq: number; state: DeliveryState; reason?: string | null }
  | ({ type: "attachment"; conversation: string; seq: number } & Attachment)
  | { type: "typing"; conversation: string; by: Actor; typing: boolean }
  | { type: "presence"; operator: OperatorRef; presence: Presence }
  | { type: "presence"; conversation: string; visitor_here: boolean }
  | { type: "organization"; messaging: Messaging; alarms: number; sick: string[] }
  /** Something about the leads has changed: read them anew. */
  | { type: "leads" }
  | { type: "conversation"; conversation: Conversation };

export interface Events {
  events: LogEvent[];
  last_seq: number;
  more: boolean;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** `GET /v1/widgets/{widget_key}`. */
export interface WidgetConfig {
  organization: { name: string };
  channels: Offer[];
  /** ISO codes that numbers may be of; empty: any. */
  countries: string[];
  country: string | null;
  revert_window_ms: number;
  /** What to write on a phone for a link that opens the chat in a browser. */
  return_word: string | null;
  /** An operator is there to answer. */
  online: boolean;
  lead: LeadAsked;
  attachments: UploadTerms;
}

/** What may be uploaded. */
export interface UploadTerms {
  /** The largest file, in bytes. */
  limit: number;
  /** How many go with one message. */
  at_once: number;
}

/** Something that a visitor can be asked for when nobody is there. */
export type LeadAsk = "name" | "email" | "phone" | "company" | "needs" | "message";

export interface LeadAsked {
  /** In this order; empty: nothing. */
  asks: LeadAsk[];
  /** One address, a phone or an e-mail, is always needed. */
  required: LeadAsk[];
  consent_text: string;
}

export interface Operator {
  id: string;
  name: string;
  email: string;
  role: Role;
  presence: Presence;
}

/** Whether an organization's messages go out to providers. */
export interface Messaging {
  enabled: boolean;
  scope: "welcomes" | "all" | null;
  /** Stopped for everybody on the server: nobody here can let them go. */
  everywhere: boolean;
  reason: string | null;
  by: string | null;
  at: Time | null;
}

/** Something that owners and admins should look at. */
export interface Alarm {
  kind: "few_answers" | "spend_near_limit" | "connection_sick" | "webhook_gap";
  since: Time;
  connection?: string;
  detail: string;
}

/** `GET /v1/session`. */
export interface Session {
  operator: Operator;
  organization: { id: string; name: string; widget_key: string };
  channels: Offer[];
  attachments: UploadTerms;
  messaging: Messaging;
  /** For owners and admins. */
  alarms: number;
  /** Channels on which a provider refuses our account. */
  sick: string[];
  demo: boolean;
}

/** `GET /demo/config.json`. */
export interface DemoConfig {
  shop: string;
  console: string;
  phone: string;
  docs: string;
  widget_key: string;
  operator: { email: string; password: string };
  phone_number: string;
  organization: string;
}
