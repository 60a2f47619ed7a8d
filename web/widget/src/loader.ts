/**
 * The one script tag: a launcher on the page, and the panel fetched when somebody reaches for it.
 *
 *     <script src="https://chat.example/widget.js" data-widget-key="wk_acme" async></script>
 *
 * `data-locale` chooses the language; without it the browser's does. A page may set `--switchboard-accent` in its CSS.
 */

import { direction, pickLocale } from "../../core/src/i18n.ts";
import launcherCss from "./launcher.css?inline";
import type { Panel, PanelModule } from "./options.ts";
import { identityKey } from "./storage.ts";
import { adopt } from "./styles.ts";

const CHAT =
  "M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.6 3.3 6-.1 1-.5 2.1-1.3 3.1 1.7-.1 3.3-.8 4.5-1.7.8.2 1.6.3 2.5.3 5 0 9-3.4 9-7.7s-4-7.7-9-7.7z";
const DOWN = "M6 9.5l6 6 6-6";

interface Switchboard {
  open(): void;
  close(): void;
  toggle(): void;
}

declare global {
  interface Window {
    Switchboard?: Switchboard;
  }
}

function load(script: HTMLScriptElement, widgetKey: string): Switchboard {
  const base = script.src.replace(/\/widget\.js.*$/, "");
  const locale = pickLocale([script.dataset.locale ?? "", ...navigator.languages], Object.keys(LAUNCHER_WORDS));
  const words = LAUNCHER_WORDS[locale]!;

  const host = document.createElement("switchboard-chat");
  host.lang = locale;
  host.dir = direction(locale);
  const root = host.attachShadow({ mode: "open" });
  adopt(root, launcherCss);

  const button = document.createElement("button");
  button.className = "launcher";
  button.append(icon("chat", CHAT), icon("down", DOWN));
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.hidden = true;
  button.append(badge);
  root.append(button);

  let isOpen = false;
  let label = words.open;
  let panel: Promise<Panel> | undefined;

  const draw = () => {
    host.toggleAttribute("open", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
    button.setAttribute("aria-label", isOpen ? words.close : label);
    button.title = isOpen ? words.close : words.open;
  };

  const fetchPanel = () =>
    (panel ??= import(/* @vite-ignore */ `${base}/widget/${PANEL_FILE}`)
      .then(({ start }: PanelModule) =>
        start({
          base,
          widgetKey,
          locale,
          root,
          onUnread(count, text) {
            label = count ? text : words.open;
            badge.hidden = !count;
            badge.textContent = count > 9 ? "9+" : String(count);
            draw();
          },
          onClose: close,
        }),
      )
      // Not there just now: the next click asks again.
      .catch((error) => {
        panel = undefined;
        throw error;
      }));

  const open = () => {
    isOpen = true;
    draw();
    fetchPanel().then(
      (ready) => isOpen && ready.open(),
      () => close(),
    );
  };

  function close() {
    const held = root.activeElement && root.activeElement !== button;
    isOpen = false;
    draw();
    void panel?.then((ready) => ready.close());
    if (held) button.focus();
  }

  const toggle = () => (isOpen ? close() : open());
  const warm = () => void fetchPanel().catch(() => {});
  button.onclick = toggle;
  button.onpointerenter = button.onfocus = warm;
  draw();

  const place = () => {
    document.body.append(host);
    // Somebody who has a chat here must see what came meanwhile.
    if (known(widgetKey)) warm();
  };
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);

  return { open, close, toggle };
}

function known(widgetKey: string): boolean {
  try {
    return !!localStorage.getItem(identityKey(widgetKey));
  } catch {
    return false;
  }
}

function icon(name: string, path: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const shape = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", name);
  svg.setAttribute("aria-hidden", "true");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

const script = document.currentScript as HTMLScriptElement | null;
const widgetKey = script?.dataset.widgetKey;
if (!script || !widgetKey) console.error("Switchboard: the script tag needs data-widget-key");
else window.Switchboard ??= load(script, widgetKey);
