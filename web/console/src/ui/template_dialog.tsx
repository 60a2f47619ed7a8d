/** Finding a template, filling it in, seeing what they will read, and sending it. */

import { messages, newId, type Conversation, type Log, type Problem, type Template } from "@switchboard/core";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { isFilled, parts, prefilled, sifted, type Wanted } from "../desk/templates.ts";
import { channelName } from "../words/people.ts";
import { refusal } from "../words/refusals.ts";
import { useWords } from "../words/context.ts";
import type { Words } from "../words/words.ts";
import { useDesk, useDeskState } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { Button } from "./parts.tsx";

export function TemplateDialog({ row }: { row: Conversation }) {
  const { t } = useWords();
  const desk = useDesk();
  const [list, setList] = useState<Template[] | null | undefined>();
  const [chosen, setChosen] = useState<Template | null>(null);
  const [wanted, setWanted] = useState<Wanted>({ query: "", language: "", category: "" });
  const leg = row.active_leg?.id;

  const read = async () => {
    setList(undefined);
    setList(await desk.templates(row.id));
  };
  // Another leg has other templates.
  useEffect(() => {
    setChosen(null);
    void read();
  }, [leg]);

  return (
    <Dialog title={t("template.title")} onClose={desk.closePicker} wide>
      {chosen ? (
        <Fill key={chosen.id + chosen.language} row={row} template={chosen} onBack={() => setChosen(null)} />
      ) : (
        <Choose row={row} list={list} wanted={wanted} onWanted={setWanted} onRetry={read} onPick={setChosen} />
      )}
    </Dialog>
  );
}

interface ChooseProps {
  row: Conversation;
  /** undefined: being read; null: it could not be. */
  list: Template[] | null | undefined;
  wanted: Wanted;
  onWanted: (wanted: Wanted) => void;
  onRetry: () => Promise<void>;
  onPick: (template: Template) => void;
}

function Choose({ row, list, wanted, onWanted, onRetry, onPick }: ChooseProps) {
  const words = useWords();
  const { t } = words;
  const box = useRef<HTMLDivElement>(null);
  const found = useMemo(() => sifted(list ?? [], wanted), [list, wanted]);
  useEffect(() => box.current?.querySelector("input")?.focus(), []);

  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || (event.target as HTMLElement).matches("select")) return;
    const items = [...(box.current?.querySelectorAll<HTMLElement>(".template") ?? [])];
    const next = items.indexOf(document.activeElement as HTMLElement) + step;
    if (next < 0) box.current?.querySelector("input")?.focus();
    else items[Math.min(next, items.length - 1)]?.focus();
    event.preventDefault();
  };

  const filter = (name: "language" | "category", say: (word: string) => string) => {
    const all = [...new Set((list ?? []).map((one) => one[name]))].sort();
    if (all.length < 2) return null;
    return (
      <select
        class="input"
        aria-label={t(name === "language" ? "template.language" : "template.category")}
        value={wanted[name]}
        onChange={(event) => onWanted({ ...wanted, [name]: event.currentTarget.value })}
      >
        <option value="">{t(name === "language" ? "template.any_language" : "template.any_category")}</option>
        {all.map((word) => (
          <option key={word} value={word}>
            {say(word)}
          </option>
        ))}
      </select>
    );
  };

  return (
    <div class="templates" ref={box} onKeyDown={onKey}>
      <div class="template-sieve">
        <input
          class="input"
          type="search"
          value={wanted.query}
          placeholder={t("template.search")}
          aria-label={t("template.search")}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onWanted({ ...wanted, query: event.currentTarget.value })}
        />
        {filter("language", (word) => languageName(word, words))}
        {filter("category", (word) => categoryName(word, words))}
      </div>
      {list === undefined && <p role="status">{t("loading")}</p>}
      {list === null && (
        <div class="empty" role="alert">
          <p>{t("template.failed")}</p>
          <Button onClick={() => void onRetry()}>{t("retry")}</Button>
        </div>
      )}
      {list?.length === 0 && (
        <p class="empty">{t("template.none", { channel: channelName(row.active_leg?.channel ?? "", words) })}</p>
      )}
      {list && list.length > 0 && found.length === 0 && <p class="empty">{t("template.nothing_found")}</p>}
      <ul class="template-list">
        {found.map((one) => (
          <li key={one.id + one.language}>
            <button
              type="button"
              class="template"
              aria-disabled={!one.approved}
              onClick={() => one.approved && onPick(one)}
            >
              <span class="template-head">
                <bdi class="template-name">{one.name}</bdi>
                <span class="template-kind">
                  {languageName(one.language, words)} · {categoryName(one.category, words)}
                </span>
                {!one.approved && <span class="template-status">{statusName(one.status, words)}</span>}
              </span>
              <Body template={one} values={{}} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface FillProps {
  row: Conversation;
  template: Template;
  onBack: () => void;
}

function Fill({ row, template, onBack }: FillProps) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const session = useDeskState((state) => state.session);
  const [values, setValues] = useState(() =>
    prefilled(template, {
      visitor: row.visitor?.name ?? null,
      organization: session.organization.name,
      operator: session.operator.name,
    }),
  );
  const waits = useDeskState(({ threads }) => holdsWords(threads.get(row.id)?.log, row.active_leg?.id));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  /** Sending it once more is the same message, until something about it is another. */
  const sending = useRef({ of: "", id: "" });
  const ready = isFilled(template, values) && row.active_leg !== null;

  useEffect(() => {
    const fields = [...form.current!.querySelectorAll("input")];
    const first = fields.find((field) => !field.value) ?? form.current!.querySelector<HTMLElement>(".button-main");
    first?.focus();
  }, []);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready || busy) return;
    const of = JSON.stringify([values, row.active_leg?.id]);
    if (sending.current.of !== of) sending.current = { of, id: newId() };
    const variables = Object.fromEntries(template.variables.map((name) => [name, values[name]!.trim()]));
    setBusy(true);
    const refused = await desk.sendTemplate(row.id, sending.current.id, {
      id: template.id,
      language: template.language,
      variables,
    });
    setBusy(false);
    if (refused) return setProblem(refused);
    desk.say(t("template.sent"));
    desk.closePicker();
  };

  return (
    <form class="dialog-form" ref={form} onSubmit={submit} noValidate>
      <p class="template-head">
        <bdi class="template-name">{template.name}</bdi>
        <span class="template-kind">
          {languageName(template.language, words)} · {categoryName(template.category, words)}
        </span>
      </p>
      {template.variables.map((name) => (
        <label class="field" key={name}>
          <span>
            <bdi>{variableName(name, words)}</bdi>
          </span>
          <input
            class="input"
            dir="auto"
            maxLength={1000}
            autocomplete="off"
            value={values[name]}
            onInput={(event) => {
              setValues({ ...values, [name]: event.currentTarget.value });
              setProblem(null);
            }}
          />
        </label>
      ))}
      <section class="template-preview" aria-label={t("template.preview")}>
        <h3>{t("template.preview")}</h3>
        <div class="bubble">
          <Body template={template} values={values} />
        </div>
      </section>
      {waits && <p class="panel-hint">{t("template.waits")}</p>}
      {problem && (
        <p class="field-error" role="alert">
          {refusal(problem, row, words)}
        </p>
      )}
      <div class="dialog-keys">
        <Button onClick={onBack}>{t("template.others")}</Button>
        <button type="submit" class="button button-main" disabled={!ready || busy}>
          {row.active_leg ? t("template.send", { channel: channelName(row.active_leg.channel, words) }) : t("send")}
        </button>
      </div>
    </form>
  );
}

/** What was said there before waits for their first answer, and all that is said there leaves in the order of the log. */
function holdsWords(log: Log | undefined, leg: string | undefined): boolean {
  return !!log && messages(log).some((message) => message.leg === leg && message.delivery.state === "held");
}

/** What is still missing stands out by more than its colour. */
function Body({ template, values }: { template: Template; values: Record<string, string> }) {
  const words = useWords();
  return (
    <span class="template-body" dir="auto">
      {parts(template, values).map(({ text, variable, missing }, i) =>
        variable === undefined ? (
          text
        ) : (
          <bdi key={i} class={missing ? "template-hole" : "template-filled"}>
            {missing ? variableName(variable, words) : text}
          </bdi>
        ),
      )}
    </span>
  );
}

function variableName(name: string, { t }: Words): string {
  return /^\d+$/.test(name) ? t("template.variable", { n: Number(name) }) : name.replace(/_/g, " ");
}

function categoryName(category: string, words: Words): string {
  return words.of("template.category", category.toLocaleLowerCase(), "template.category.other", { word: category });
}

function statusName(status: string, words: Words): string {
  return words.of("template.status", status.toLocaleLowerCase(), "template.status.other", { word: status });
}

/** Providers write `pt_BR`; what no browser knows is told as it is. */
function languageName(language: string, { locale }: Words): string {
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(language.replace(/_/g, "-")) ?? language;
  } catch {
    return language;
  }
}
