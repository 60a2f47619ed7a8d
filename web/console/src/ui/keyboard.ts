/** The keyboard: single keys while nothing is being typed, Escape to step back. */

import { useEffect } from "preact/hooks";
import { sections } from "../desk/inbox.ts";
import type { Desk } from "../desk/desk.ts";

export function useKeyboard(desk: Desk, onHelp: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      // A dialog has the keys, wherever the focus is: Escape is the browser's, to close it.
      if (document.querySelector("dialog[open]")) return;
      const target = event.target as HTMLElement;
      const typing = target.matches("input, textarea, select, [contenteditable]");
      if (event.key === "Escape") stepBack(desk, target);
      else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      else if (!press(desk, event.key, target, onHelp)) return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [desk, onHelp]);
}

/** Whether the key means something here. */
function press(desk: Desk, key: string, target: HTMLElement, onHelp: () => void): boolean {
  const { route } = desk.store.get();
  switch (key) {
    case "j":
      return moveRow(1);
    case "k":
      return moveRow(-1);
    case "ArrowDown":
    case "ArrowUp":
      return target.matches("[data-row]") && moveRow(key === "ArrowDown" ? 1 : -1);
    case "n":
      return openNext(desk);
    case "/":
      return focus("#search");
    case "?":
      onHelp();
      return true;
    case "l":
      desk.go({ conversation: null, panel: false, ...(route.lead === undefined ? { lead: null } : {}) });
      return true;
    case "w":
      return focus("#composer") || focus("#template");
    case "c":
      return click("#claim");
    case "r":
      return click("#resolve") || click("#reopen");
    case "t":
      return click("#transfer");
    case "p":
      return click("#template");
    case "f":
      return click(".composer .f-attach");
    case "v":
      return click(".composer .f-record");
    case "m":
      return click("#route");
    case "s":
      return click("#log .refused .button-main") || click("#log .message-again .button");
    case "a":
      return click(".panel [id^='ask-']:not(:disabled)");
    case "e":
      if (!route.panel && route.conversation) desk.go({ conversation: route.conversation, panel: true });
      setTimeout(() => click("#rename"), 50);
      return route.conversation !== null;
    case "i":
      if (route.conversation) desk.go({ conversation: route.conversation, panel: !route.panel });
      return route.conversation !== null;
    default:
      return false;
  }
}

function stepBack(desk: Desk, target: HTMLElement): void {
  const { route, query } = desk.store.get();
  if (route.lead !== undefined) {
    if (target.id === "search" && desk.leads.store.get().query) desk.leads.search("");
    else desk.go({ conversation: null, panel: false, ...(route.lead ? { lead: null } : {}) });
  } else if (target.id === "search") {
    if (query) desk.search("");
    else focusRow(route.conversation);
  } else if (target.id === "composer") {
    focus("#log");
  } else if (route.panel && shown(".head-panel")) {
    desk.go({ conversation: route.conversation, panel: false });
  } else if (route.conversation) {
    // Where list and log share the screen, the log may stay; alone on the screen it has to make room.
    if (!shown(".inbox")) desk.go({ conversation: null, panel: false });
    setTimeout(() => focusRow(route.conversation), 50);
  }
}

function openNext(desk: Desk): boolean {
  const { rows, session } = desk.store.get();
  const { waiting, mine } = sections(rows, session.operator.id);
  const next = waiting[0] ?? mine.find((row) => row.unread);
  if (next) desk.openConversation(next.id);
  return next !== undefined;
}

function moveRow(step: number): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  if (!rows.length || !shown(".inbox")) return false;
  const focused = rows.indexOf(document.activeElement as HTMLElement);
  const open = rows.findIndex((row) => row.getAttribute("aria-current"));
  const from = focused >= 0 ? focused : open;
  const to = from < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, from + step));
  rows[to]!.focus();
  rows[to]!.scrollIntoView({ block: "nearest" });
  return true;
}

function focusRow(id: string | null): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  (rows.find((row) => row.dataset.row === id) ?? rows[0])?.focus();
}

function focus(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector);
  if (!element || !shown(selector)) return false;
  element.focus();
  return true;
}

function click(selector: string): boolean {
  const element = document.querySelector<HTMLButtonElement>(selector);
  if (!element || element.disabled) return false;
  element.click();
  return true;
}

/** On the screen at this width. */
function shown(selector: string): boolean {
  return (document.querySelector<HTMLElement>(selector)?.getClientRects().length ?? 0) > 0;
}
