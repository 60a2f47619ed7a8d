/** The widget as a whole page, for links, QR codes and pages that let no script in: `/chat/{widget_key}`. */

import { direction } from "../../../core/src/i18n.ts";
import launcherCss from "../../../widget/src/launcher.css?inline";
import { start } from "../../../widget/src/panel.tsx";
import { adopt } from "../../../widget/src/styles.ts";
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
document.body.append(host);

void start({
  base: "",
  widgetKey,
  locale,
  root,
  full: true,
  onUnread(count) {
    const name = document.title.replace(/^\(\d+\) /, "");
    document.title = count ? `(${count}) ${name}` : name;
  },
});
