/** The widget as a whole page, for links, QR codes and pages that let no script in: `/chat/{widget_key}`. */

import { direction } from "../../../core/src/i18n.ts";
import launcherCss from "../../../widget/src/launcher.css?inline";
import type { PanelOptions } from "../../../widget/src/options.ts";
import { start } from "../../../widget/src/panel.tsx";
import { adopt } from "../../../widget/src/styles.ts";
import fullCss from "../../../widget/src/view/full.css?inline";
import { speak } from "../../../widget/src/words.ts";

const wished = new URLSearchParams(location.search).get("locale");
const { locale } = speak([wished ?? "", ...navigator.languages]);
const widgetKey = decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1) ?? "");

document.documentElement.lang = locale;
document.documentElement.dir = direction(locale);

const host = document.createElement("switchboard-chat");
host.dir = direction(locale);
const root = host.attachShadow({ mode: "open" });
adopt(root, launcherCss);
adopt(root, fullCss);
document.body.append(host);

const options: PanelOptions = {
  base: "",
  widgetKey,
  locale,
  root,
  full: true,
  onUnread(count) {
    const name = document.title.replace(/^\(\d+\) /, "");
    document.title = count ? `(${count}) ${name}` : name;
  },
};

/** A link from the visitor's phone carries its token where no server and no referrer sees it. */
const RETURN = /^#return=(.+)$/;

// The link may be opened where the chat stands already.
addEventListener("hashchange", () => RETURN.test(location.hash) && location.reload());

const [, token] = RETURN.exec(location.hash) ?? [];
if (token) {
  const { askBack } = await import("../../../widget/src/back/ask.tsx");
  await askBack(options, token);
}
await start(options);
