/** Where the operator writes: it says where the words will go, what they cost there, and when they cannot go. */

import { segments, serverNow, type Conversation } from "@switchboard/core";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { freeText, type FreeText } from "../desk/free_text.ts";
import { heldByOther } from "../desk/ways.ts";
import { channelName, isolate } from "../words/people.ts";
import { cheaper, costly } from "../words/plain.ts";
import { useUploads } from "@switchboard/core/files/tray_view";
import { useWords } from "../words/context.ts";
import { useDesk, useDeskState, useNow } from "./context.ts";
import { ChosenFiles, FileKeys, linksOf, LinksWarning, useTray } from "./files.tsx";
import { Icon } from "./icon.tsx";
import { Button, IconButton, Kbd } from "./parts.tsx";
import { RouteMenu } from "./route_menu.tsx";

interface Props {
  row: Conversation;
  onOtherNumber: (channel: string) => void;
}

/** Without a leg there is still something to type into; this stands in for its limit. */
const LIMIT = 8_000;
/** Minutes are counted down; looked at so often, none is told for long after it is over. */
const LOOK_AGAIN_MS = 5_000;

export function Composer({ row, onOtherNumber }: Props) {
  const { t } = useWords();
  const desk = useDesk();
  const me = useDeskState((state) => state.session.operator.id);
  if (row.status === "resolved") {
    return (
      <div class="composer composer-shut">
        <p>{t("composer.resolved")}</p>
        <Button icon="undo" keys="r" onClick={() => void desk.reopen(row.id)}>
          {t("reopen")}
        </Button>
      </div>
    );
  }
  if (heldByOther(row, me)) {
    return (
      <div class="composer composer-shut">
        <p>{t("composer.held", { name: isolate(row.assignee?.name ?? "") })}</p>
      </div>
    );
  }
  return <Open row={row} onOtherNumber={onOtherNumber} />;
}

function Open({ row, onOtherNumber }: Props) {
  useNow(LOOK_AGAIN_MS);
  const free = freeText(row.active_leg, serverNow());
  if (free.state === "closed") return <TemplatesOnly row={row} onOtherNumber={onOtherNumber} />;
  return <Writing row={row} free={free} onOtherNumber={onOtherNumber} />;
}

/** Their last words are too long ago: what can be sent now is chosen, not written. */
function TemplatesOnly({ row, onOtherNumber }: Props) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const channel = channelName(row.active_leg?.channel ?? "", words);
  const chosen = useTray(row.id).length > 0;
  const draft = chosen || desk.drafts.of(row.id).trim() !== "";
  // Where the field has gone from under the fingers, the key that stands in its place takes them.
  useEffect(() => {
    if (document.activeElement === document.body) document.getElementById("template")?.focus();
  }, []);
  return (
    <div class="composer">
      <div class="composer-to">
        <span class="composer-to-word">{t("composer.to")}</span>
        <RouteMenu row={row} onOtherNumber={onOtherNumber} />
        <span class="free">{t("free.template")}</span>
      </div>
      <div class="composer-template" role="status">
        <p>
          <strong>{t("free.closed_what")}</strong> {t("free.closed_why", { channel })}
          {draft && <> {t("free.draft_kept")}</>}
        </p>
        <Button id="template" look="main" icon="template" keys="p" onClick={() => desk.pick(row.id)}>
          {t("template.choose")}
        </Button>
      </div>
    </div>
  );
}

/** For how long still free words go, and what they are billed as. */
function FreeTextLeft({ free }: { free: FreeText }) {
  const words = useWords();
  const { t } = words;
  if (free.state !== "open" || free.left === null) return null;
  return (
    <span class={`free ${free.urgent ? "free-urgent" : ""}`}>
      <Icon name="clock" />
      {t("free.left", { span: words.span(free.left) })}
      <span class="free-price"> · {t("free.service")}</span>
    </span>
  );
}

function Writing({ row, free, onOtherNumber }: Props & { free: FreeText }) {
  const words = useWords();
  const { t, number } = words;
  const desk = useDesk();
  const [text, setText] = useState(() => desk.drafts.of(row.id));
  const [full, setFull] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const given = useDeskState((state) => state.given);
  const leg = row.active_leg;
  const limit = leg?.text_limit ?? LIMIT;
  const over = [...text].length - limit;
  const blank = text.trim() === "";
  const tray = desk.files.trayOf(row.id);
  const files = useTray(row.id);
  useUploads(desk.files.uploads);
  const links = linksOf(leg, tray.going(), text);
  const sendable = (!blank || tray.going().length > 0) && over <= 0 && leg !== null;

  const write = (next: string) => {
    setText(next);
    setFull(false);
    desk.drafts.keep(row.id, next);
  };

  useEffect(() => {
    if (given !== row.id) return;
    setText(desk.drafts.of(row.id));
    desk.store.set({ given: null });
    field.current?.focus();
  }, [given]);

  useEffect(() => () => desk.typing(row.id, false), [desk, row.id]);

  useLayoutEffect(() => {
    const box = field.current!;
    box.rows = 1;
    const line = parseFloat(getComputedStyle(box).lineHeight);
    box.rows = Math.min(8, Math.max(1, Math.round((box.scrollHeight - 16) / line)));
  }, [text]);

  const send = () => {
    // With nothing typed, the key answers the question that the log asks.
    if (blank && !files.length) return document.querySelector<HTMLButtonElement>("#log .refused .button-main")?.click();
    if (!sendable) return;
    if (!desk.post(row.id, text)) return setFull(true);
    write("");
    desk.typing(row.id, false);
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };

  const placeholder = !leg
    ? t("composer.unreachable")
    : free.state === "waits"
      ? t("composer.waits")
      : row.status === "waiting"
        ? t("composer.claims")
        : t("composer.write");

  return (
    <div class="composer">
      <div class="composer-to">
        <span class="composer-to-word">{t("composer.to")}</span>
        <RouteMenu row={row} onOtherNumber={onOtherNumber} />
        <FreeTextLeft free={free} />
        <span class="composer-cost">
          {over > 0 ? (
            <span class="cost cost-over">{t("composer.over", { limit: number(limit), n: over })}</span>
          ) : (
            leg?.counts_segments && <Cost text={text} />
          )}
        </span>
      </div>
      <div class="composer-field">
        <ChosenFiles conversation={row.id} files={files} links={links} />
        <textarea
          id="composer"
          ref={field}
          rows={1}
          dir={text ? "auto" : words.dir}
          value={text}
          placeholder={placeholder}
          aria-label={placeholder}
          aria-describedby="composer-hint"
          aria-invalid={over > 0}
          enterkeyhint="send"
          onInput={(event) => {
            write(event.currentTarget.value);
            desk.typing(row.id, event.currentTarget.value !== "");
          }}
          onKeyDown={onKey}
          onBlur={() => desk.typing(row.id, false)}
        />
        {leg?.window && (
          <IconButton
            icon="template"
            id="template"
            class="composer-pick"
            label={t("template.choose")}
            keys="p"
            onClick={() => desk.pick(row.id)}
          />
        )}
        <FileKeys conversation={row.id} onSend={send} />
        <button type="button" class="composer-send" disabled={!sendable} aria-label={t("send")} onClick={send}>
          <Icon name="send" />
        </button>
      </div>
      {leg?.counts_segments && <Cheaper text={text} onPlain={write} />}
      {leg && <LinksWarning leg={leg} links={links} />}
      {full && (
        <p class="composer-warning" role="alert">
          {t("composer.full")}
        </p>
      )}
      <p class="composer-hint" id="composer-hint">
        <Kbd>⏎</Kbd> {t("composer.hint_send")} <Kbd>⇧⏎</Kbd> {t("composer.hint_line")} <Kbd>Esc</Kbd>{" "}
        {t("composer.hint_keys")}
      </p>
    </div>
  );
}

function Cost({ text }: { text: string }) {
  const { t } = useWords();
  const count = segments(text);
  if (count.segments === 0) return null;
  return (
    <span class={`cost ${count.segments > 1 ? "cost-more" : ""}`} aria-live="polite">
      <strong>{t("cost.sms", { n: count.segments })}</strong>
      <span class="cost-left"> · {t("cost.left", { n: count.left })}</span>
    </span>
  );
}

/** Why it costs more than it must, with a key that makes it cheaper. */
function Cheaper({ text, onPlain }: { text: string; onPlain: (plain: string) => void }) {
  const { t } = useWords();
  const { encoding, segments: now } = segments(text);
  if (encoding === "gsm7") return null;
  const plain = cheaper(text);
  const letters = isolate(costly(text).join(" "));
  if (plain === null) {
    return now > 1 ? <p class="composer-warning">{t("cost.short", { letters, n: now })}</p> : null;
  }
  return (
    <p class="composer-warning">
      <span>{t("cost.cheaper", { letters, n: now, plain: t("cost.sms", { n: segments(plain).segments }) })}</span>
      <Button small onClick={() => onPlain(plain)}>
        {t("cost.use_plain")}
      </Button>
    </p>
  );
}
