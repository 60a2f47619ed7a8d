/**
 * The way back: a page that a link from the visitor's phone opens. The link works once, so nothing happens before the button is
 * pressed: mail scanners and previews open links too.
 */

import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { browserStore } from "../../../core/src/outbox.ts";
import { rest } from "../../../core/src/rest.ts";
import type { Answer, CameBack, WidgetConfig } from "../../../core/src/types.ts";
import { openIdentity } from "../identity.ts";
import type { PanelOptions } from "../options.ts";
import { adopt } from "../styles.ts";
import windowCss from "../view/window.css?inline";
import { sayBack, type Said } from "./words.ts";
import css from "./back.css?inline";
import { become, refusalOf } from "./back.ts";

/** Asks until the visitor has chosen. What was asked is taken away again, and out of the address bar. */
export async function askBack({ base, widgetKey, locale, root }: PanelOptions, token: string): Promise<void> {
  const words = await sayBack(locale);
  adopt(root, windowCss);
  adopt(root, css);
  const place = document.createElement("div");
  root.append(place);
  const store = browserStore();
  const identity = openIdentity(widgetKey, store, () => {});
  const back: Back = {
    base,
    widgetKey,
    words,
    hasAnother: !!identity.conversation,
    returns: () => rest(base, () => identity.token)<CameBack>("POST", "/v1/visitors/return", { token }),
    keep: (came) => become(came, widgetKey, identity, store),
  };
  await new Promise<void>((done) => render(<ComeBack {...back} onDone={done} />, place));
  history.replaceState(null, "", location.pathname + location.search);
  render(null, place);
  place.remove();
}

interface Back {
  base: string;
  widgetKey: string;
  words: Said;
  /** A chat is open in this browser already. */
  hasAnother: boolean;
  returns(): Promise<Answer<CameBack>>;
  keep(came: CameBack): void;
}

function ComeBack({
  base,
  widgetKey,
  words: { t, dir, locale },
  hasAnother,
  returns,
  keep,
  onDone,
}: Back & { onDone: () => void }) {
  const [shop, setShop] = useState<WidgetConfig>();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const title = useRef<HTMLHeadingElement>(null);
  const gone = refused === "back_gone";
  const name = shop?.organization.name;
  const word = shop?.return_word;

  useEffect(() => {
    void rest(base)<WidgetConfig>("GET", `/v1/widgets/${encodeURIComponent(widgetKey)}`).then(
      ({ status, body }) => status === 200 && setShop(body),
    );
  }, []);
  useEffect(() => {
    if (gone) title.current?.focus();
  }, [gone]);

  const go = async () => {
    setBusy(true);
    setRefused("");
    const answer = await returns();
    setBusy(false);
    if (answer.status !== 201) return setRefused(refusalOf(answer));
    keep(answer.body);
    onDone();
  };

  return (
    <main class="back" lang={locale} dir={dir}>
      <div class="back-card">
        {name && (
          <p class="back-who">
            <span class="mark" aria-hidden="true">
              {[...name][0]}
            </span>
            {name}
          </p>
        )}
        <h1 ref={title} tabIndex={-1}>
          {t(gone ? "back_gone" : "back_title")}
        </h1>
        {gone ? word && <p>{t("back_gone_more", { word })}</p> : <p>{t("back_why")}</p>}
        {!gone && hasAnother && <p class="back-other">{t("back_other")}</p>}
        <p class="bad" role="alert">
          {!gone && refused && t(refused)}
        </p>
        {gone ? (
          <button type="button" class="back-go" onClick={onDone}>
            {t(hasAnother ? "back_keep_on" : "back_new")}
          </button>
        ) : (
          <>
            <button type="button" class="back-go" disabled={busy} onClick={go}>
              {t(busy ? "back_going" : "back_go")}
            </button>
            {hasAnother && (
              <button type="button" class="back-keep" disabled={busy} onClick={onDone}>
                {t("back_keep")}
              </button>
            )}
          </>
        )}
      </div>
    </main>
  );
}
