/** One lead: where they can be reached and what shows it, what is written down, and reaching out. */

import type { Conversation, Lead, LeadAddress, LeadFields, LeadState, Problem } from "@switchboard/core";
import { useEffect, useRef, useState } from "preact/hooks";
import { chatOf } from "../desk/inbox.ts";
import { leadWays, type LeadWay } from "../desk/lead_ways.ts";
import { UNREACHED } from "../desk/leads.ts";
import { useStore } from "../desk/store.ts";
import { opensThere } from "../desk/ways.ts";
import { channelName, leadName, showAddress } from "../words/people.ts";
import { refusal } from "../words/refusals.ts";
import { useWords } from "../words/context.ts";
import type { Key } from "../words/words.ts";
import { useDesk, useDeskState, useNow } from "./context.ts";
import { ChannelIcon, channelIcon, Icon } from "./icon.tsx";
import { PROOF_NOTES } from "./panel.tsx";
import { FIELD_WORDS, STATES, STATE_WORDS } from "./lead_list.tsx";
import { Avatar, Button, IconButton } from "./parts.tsx";

const LINES = ["name", "company", "phone", "email", "place", "industry"] as const;
const TEXTS = ["needs", "message"] as const;
export function LeadView({ id }: { id: string }) {
  const words = useWords();
  const { t } = words;
  const { leads, go } = useDesk();
  const isNew = id === "new";
  const [lead, setLead] = useState<Lead | null>(null);
  const [gone, setGone] = useState(false);
  const head = useRef<HTMLHeadingElement>(null);
  const heard = useStore(leads.store, (state) => state.heard);
  const chat = useDeskState(({ rows }) => chatOf(rows, lead?.visitor));
  // What they say in the chat may be about their addresses.
  useEffect(() => {
    if (isNew) return;
    let current = true;
    void leads.one(id).then((found) => {
      if (!current) return;
      if (found) setLead(found);
      setGone(found === null);
    });
    return () => {
      current = false;
    };
  }, [id, heard, chat?.last_seq]);
  useEffect(() => head.current?.focus({ preventScroll: true }), [id, lead === null]);

  const toList = () => go({ conversation: null, panel: false, lead: null });
  if (gone) {
    return (
      <div class="empty">
        <p>{t("lead.gone")}</p>
        <Button onClick={toList}>{t("leads.back")}</Button>
      </div>
    );
  }
  if (!lead && !isNew)
    return (
      <p class="empty" role="status">
        {t("loading")}
      </p>
    );
  return (
    <>
      <header class="head">
        <IconButton icon="back" class="head-back" label={t("leads.back")} onClick={toList} />
        {lead && <Avatar name={lead.name ?? chat?.visitor?.name} id={lead.visitor ?? lead.id} />}
        <div class="head-words">
          <h2 class="head-name" ref={head} tabIndex={-1}>
            <bdi>{lead ? leadName(lead, chat, words) : t("leads.new")}</bdi>
          </h2>
          {lead && (
            <p class="head-state">
              <span class="status">{words.of("lead.source", lead.source, "lead.source.other")}</span>
              <time dateTime={lead.created_at}>{words.whole(lead.created_at)}</time>
            </p>
          )}
        </div>
      </header>
      <div class="lead-scroll">
        {lead && <Reach lead={lead} chat={chat} />}
        <LeadForm lead={lead} onSaved={setLead} />
        {lead && <Erase lead={lead} onErased={toList} />}
      </div>
    </>
  );
}

interface ReachProps {
  lead: Lead;
  chat: Conversation | undefined;
}

/** Where they can be reached, with what shows it, and the ways to do so. */
function Reach({ lead, chat }: ReachProps) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const offers = useStore(desk.leads.store, (state) => state.offers);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const open = chat && chat.status !== "resolved" ? chat.id : (lead.conversation ?? chat?.id ?? null);
  const ways = leadWays(lead, offers, open !== null);
  const other = typeof problem?.conversation === "string" ? problem.conversation : null;

  const reach = async (way: LeadWay) => {
    setBusy(true);
    const answer = await desk.leads.reach(lead.id, way, open);
    setBusy(false);
    if (answer.status === 202) return desk.openConversation((answer.body as Conversation).id);
    setProblem((answer.body as Problem | null) ?? UNREACHED);
  };

  return (
    <section class="lead-part" aria-labelledby="lead-reach">
      <h3 id="lead-reach">{t("panel.reach")}</h3>
      {lead.addresses.length === 0 && <p class="field-help">{t("lead.no_address")}</p>}
      <ul class="ways">
        {lead.addresses.map((address) => (
          <AddressView key={address.kind + address.address} address={address} />
        ))}
      </ul>
      <div class="panel-keys">
        {ways
          .filter(({ block }) => block === null)
          .map((way) => (
            <Button key={way.channel} icon={channelIcon(way.channel)} disabled={busy} onClick={() => void reach(way)}>
              {t("lead.reconnect", { channel: channelName(way.channel, words) })}
            </Button>
          ))}
        {open && (
          <Button look="quiet" onClick={() => desk.openConversation(open)}>
            {t("lead.conversation")}
          </Button>
        )}
      </div>
      {problem ? <Refused problem={problem} chat={chat} /> : <ReachHelp ways={ways} chat={chat} />}
      {other && (
        <Button small onClick={() => desk.openConversation(other)}>
          {t("reconnect.holder")}
        </Button>
      )}
    </section>
  );
}

/** A wait that it tells of counts down. */
function Refused({ problem, chat }: { problem: Problem; chat: Conversation | undefined }) {
  const words = useWords();
  useNow(1_000);
  return (
    <p class="field-error" role="alert">
      {refusal(problem, chat, words)}
    </p>
  );
}

const NOT_BY: readonly (readonly [LeadWay["block"], Key])[] = [
  ["opted_out", "lead.not_by.opted_out"],
  ["no_number", "lead.not_by.no_number"],
  ["writes_first", "lead.not_by.writes_first"],
];

/** What reaching out will do, and why it cannot be done by the other channels. */
function ReachHelp({ ways, chat }: { ways: readonly LeadWay[]; chat: Conversation | undefined }) {
  const words = useWords();
  const { t } = words;
  const organization = useDeskState((state) => state.session.organization.name);
  const names = (some: readonly LeadWay[]) => words.list(some.map(({ channel }) => channelName(channel, words)));
  const [opens, greets] = [true, false].map((opening) =>
    ways.filter(({ block, channel, addresses }) => !block && opensThere(chat, channel, addresses) === opening),
  ) as [LeadWay[], LeadWay[]];
  return (
    <div class="field-help">
      {greets.length > 0 && <p>{t("number.help", { organization })}</p>}
      {opens.length > 0 && <p>{t("reconnect.opens", { leg: names(opens) })}</p>}
      {NOT_BY.map(([block, key]) => {
        const some = ways.filter((way) => way.block === block);
        return some.length > 0 && <p key={key}>{t(key, { channels: names(some) })}</p>;
      })}
    </div>
  );
}

function AddressView({ address }: { address: LeadAddress }) {
  const words = useWords();
  const { t } = words;
  const { consent } = address;
  const out = address.opted_out.map((channel) => channelName(channel, words)).join(", ");
  return (
    <li class="way">
      {address.channels[0] ? (
        <ChannelIcon channel={address.channels[0]} />
      ) : (
        <Icon name={address.kind === "email" ? "mail" : "phone"} />
      )}
      <span class="way-words">
        <span class="way-name">{showAddress(address.number ?? address.address)}</span>
        <span class="proof">
          <span class={`proof-${address.proof}`} title={t(PROOF_NOTES[address.proof])}>
            {words.of("proof", address.proof, "proof.claimed")}
          </span>
          {address.channels.length > 0 && <> · {address.channels.map((one) => channelName(one, words)).join(", ")}</>}
          {" · "}
          {words.of("lead.given", address.given_in, "lead.given.operator")}
          {out && <span class="proof-out"> · {t("lead.opted_out", { channels: out })}</span>}
        </span>
        <span class="proof">
          {consent
            ? t("lead.consent", {
                what: words.of("lead.consent", consent.source, "lead.consent.operator"),
                at: words.whole(consent.at),
              })
            : t("lead.no_consent")}
          {consent?.text && (
            <q class="lead-consent" dir="auto">
              {consent.text}
            </q>
          )}
        </span>
      </span>
    </li>
  );
}

/** What is written down: all of it can be changed, and only what was changed is sent. News of the rest shows while that is typed. */
function LeadForm({ lead, onSaved }: { lead: Lead | null; onSaved: (lead: Lead) => void }) {
  const words = useWords();
  const { t } = words;
  const { leads, go, say } = useDesk();
  const [edits, setEdits] = useState<Partial<Record<keyof LeadFields, string>>>({});
  const [picked, setPicked] = useState<LeadState | null>(null);
  const before = textsOf(lead);
  const fields = { ...before, ...edits };
  const state = picked ?? lead?.state ?? "new";
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    const names = [...LINES, ...TEXTS];
    const changed = names.filter((name) => fields[name].trim() !== before[name]);
    const change = Object.fromEntries(changed.map((name) => [name, fields[name].trim() || null]));
    setBusy(true);
    const answer = await leads.save(lead?.id ?? null, lead && state !== lead.state ? { ...change, state } : change);
    setBusy(false);
    if (answer.status !== 200 && answer.status !== 201) return setProblem((answer.body as Problem | null) ?? UNREACHED);
    const saved = answer.body as Lead;
    say(t("lead.saved"));
    setEdits((now) => without(now, edits));
    setPicked(null);
    if (lead) onSaved(saved);
    else go({ conversation: null, panel: false, lead: saved.id });
  };

  const field = (name: keyof LeadFields) => {
    const wrong = problem?.field === name;
    const common = {
      class: "input",
      dir: name === "phone" || name === "email" ? "ltr" : "auto",
      value: fields[name],
      "aria-invalid": wrong,
      "aria-describedby": wrong ? "lead-problem" : undefined,
      onInput: (event: { currentTarget: { value: string } }) => {
        setEdits({ ...edits, [name]: event.currentTarget.value });
        setProblem(null);
      },
    } as const;
    return (
      <label class="field" key={name}>
        <span>{t(FIELD_WORDS[name])}</span>
        {name === "needs" || name === "message" ? (
          <textarea {...common} rows={3} maxLength={4000} />
        ) : (
          <input
            {...common}
            type="text"
            inputMode={name === "phone" ? "tel" : name === "email" ? "email" : "text"}
            maxLength={name === "email" ? 254 : 200}
            autocomplete="off"
          />
        )}
      </label>
    );
  };

  return (
    <form class="lead-part lead-form" onSubmit={submit} noValidate aria-label={t("lead.about")}>
      <h3>{t("lead.about")}</h3>
      <div class="lead-fields">{LINES.map(field)}</div>
      {TEXTS.map(field)}
      {lead && (
        <label class="field lead-state-field">
          <span>{t("lead.state")}</span>
          <select class="input" value={state} onChange={(event) => setPicked(event.currentTarget.value as LeadState)}>
            {STATES.map((one) => (
              <option key={one} value={one}>
                {t(STATE_WORDS[one])}
              </option>
            ))}
          </select>
        </label>
      )}
      {problem && (
        <p class="field-error" id="lead-problem" role="alert">
          {problem.code === "no_address" ? t("lead.give_something") : refusal(problem, undefined, words)}
        </p>
      )}
      <div>
        <button type="submit" class="button button-main" disabled={busy}>
          {t("lead.save")}
        </button>
      </div>
    </form>
  );
}

function textsOf(lead: Lead | null): Record<keyof LeadFields, string> {
  const texts = [...LINES, ...TEXTS].map((name) => [name, lead?.[name] ?? ""] as const);
  return Object.fromEntries(texts) as Record<keyof LeadFields, string>;
}

/** What was typed on while the rest was being saved. */
function without<T extends object>(now: T, saved: T): T {
  const typed = Object.entries(now).filter(([name, text]) => saved[name as keyof T] !== text);
  return Object.fromEntries(typed) as T;
}

/** Asked twice: what is erased does not come back. */
function Erase({ lead, onErased }: { lead: Lead; onErased: () => void }) {
  const words = useWords();
  const { t } = words;
  const { leads, tell } = useDesk();
  const role = useDeskState((state) => state.session.operator.role);
  const [sure, setSure] = useState(false);
  if (role === "operator") return null;
  const erase = async () => {
    const problem = await leads.erase(lead.id);
    if (problem) tell(problem, null);
    else onErased();
  };
  return (
    <section class="lead-part">
      {sure ? (
        <>
          <p class="field-help">{t("lead.erase_what")}</p>
          <div class="panel-keys">
            <Button look="bad" onClick={() => void erase()}>
              {t("lead.erase_sure")}
            </Button>
            <Button look="quiet" onClick={() => setSure(false)}>
              {t("cancel")}
            </Button>
          </div>
        </>
      ) : (
        <div>
          <Button look="quiet" onClick={() => setSure(true)}>
            {t("lead.erase")}
          </Button>
        </div>
      )}
    </section>
  );
}
