/** The panel: the window that the launcher opens, or that a page is made of. */

import { render } from "preact";
import type { Panel, PanelOptions } from "./options.ts";
import { openSession, unread } from "./session.ts";
import { adopt } from "./styles.ts";
import { Window } from "./view/Window.tsx";
import css from "./view/window.css?inline";
import { speak } from "./words.ts";

export async function start(options: PanelOptions): Promise<Panel> {
  const { root, full = false } = options;
  const words = speak([options.locale]);
  await words.learn("chat");
  const worn = new Set<string>();
  const dress = (css: string) => {
    if (!worn.has(css)) adopt(root, css);
    worn.add(css);
  };
  const session = openSession({ base: options.base, widgetKey: options.widgetKey, words, dress });

  dress(css);
  const frame = document.createElement("div");
  frame.className = full ? "frame full" : "frame";
  frame.hidden = !full;
  root.prepend(frame);

  const draw = () => {
    see();
    const { state, identity } = session;
    const count = unread(state, identity.read);
    options.onUnread?.(count, words.t("unread", { n: count }));
    if (state.open) render(<Window session={session} state={state} full={full} onClose={options.onClose} />, frame);
  };

  /** What is in view counts as read, here and for the operator. */
  const see = () => {
    const { open, log, live } = session.state;
    if (open && document.visibilityState === "visible" && log.cursor > session.identity.read) {
      session.identity.saw(log.cursor);
      live?.saw(log.cursor);
    }
  };

  // Many frames may come in one go; they are drawn once.
  let due = false;
  session.subscribe(() => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      draw();
    });
  });
  document.addEventListener("visibilitychange", () => session.set({}));

  // Asked at every opening: whether somebody is there changes.
  const introduce = async () => {
    const path = `/v1/widgets/${encodeURIComponent(options.widgetKey)}?locale=${session.words.locale}`;
    const { status, body } = await session.rest("GET", path);
    if (status === 200) session.set({ config: body as never, missing: false });
    else if (status === 404 || (!status && (await isForbidden(options.base + path)))) session.set({ missing: true });
  };

  const panel: Panel = {
    open() {
      frame.hidden = false;
      session.set({ open: true });
      void introduce();
    },
    close() {
      frame.hidden = true;
      session.set({ open: false });
    },
  };
  if (full) panel.open();
  return panel;
}

/** A server that is there and whose answer this page may not read: whoever embedded us is told what to do. */
async function isForbidden(url: string): Promise<boolean> {
  try {
    await fetch(url, { mode: "no-cors", credentials: "omit" });
  } catch {
    return false;
  }
  console.error(`Switchboard: ${location.origin} is not one of the allowed_origins of this widget key`);
  return true;
}
