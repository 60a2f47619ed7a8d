/** The number area: asked for by the visitor or by the operator, it stands in the composer's place until it is done with. */

import { useState } from "preact/hooks";
import { channelName } from "../live/say.ts";
import type { Asking } from "../session.ts";
import { Icon } from "../live/icons.tsx";
import type { ViewProps } from "../view/Window.tsx";
import css from "./asking.css?inline";
import { isHandHeld } from "./link.ts";
import { NumberForm } from "./NumberForm.tsx";
import formCss from "./form.css?inline";
import { WriteFirst } from "./WriteFirst.tsx";

/** The area's style sheets. */
export const sheets = [css, formCss];

export interface WayProps extends ViewProps {
  asking: Asking;
  /** The buttons that every way has. */
  children: preact.ComponentChildren;
}

export function NumberArea({ session, state, asking }: ViewProps & { asking: Asking }) {
  const { words } = session;
  const { t } = words;
  const offer = state.conversation!.channels.find(({ channel }) => channel === asking.channel);
  const [byNumber, setByNumber] = useState(!offer?.links || (!!offer.asks && !asking.byWriting));
  const channel = channelName(words, asking.channel);
  const inviter = asking.invitation && (state.conversation!.assignee?.name ?? t("us"));

  const leave = () => {
    if (asking.invitation) void state.live!.wish({ type: "decline" });
    session.set({ asking: undefined });
  };
  const leaving = (
    <button type="button" class="quiet-button" onClick={leave}>
      {t(asking.invitation ? "decline" : "cancel")}
    </button>
  );

  return (
    <div
      class="asking"
      role="group"
      aria-labelledby="asking-title"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        leave();
      }}
    >
      <h2 id="asking-title">{t("title", { channel })}</h2>
      {inviter && <p>{t("invited", { name: inviter, channel })}</p>}
      {byNumber ? (
        <NumberForm {...{ session, state, asking }}>{leaving}</NumberForm>
      ) : (
        <WriteFirst {...{ session, state, asking }}>
          {offer?.asks && (
            <button type="button" class="quiet-button" onClick={() => setByNumber(true)}>
              {t("number_instead")}
            </button>
          )}
          {leaving}
        </WriteFirst>
      )}
      {byNumber && offer?.links && (
        <>
          <p class="or">{t("or")}</p>
          <button type="button" class="instead" onClick={() => setByNumber(false)}>
            <Icon name={isHandHeld() ? "chat" : "code"} />
            {t(isHandHeld() ? "write_instead" : "scan_instead", { channel })}
          </button>
        </>
      )}
    </div>
  );
}
