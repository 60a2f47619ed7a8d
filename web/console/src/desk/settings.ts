/** How this operator wants the console to look and sound, kept in the browser. */

import { browserStore, pickLocale } from "@switchboard/core";
import { createStore, type Store } from "./store.ts";

export const LOCALES = ["en", "ar"] as const;
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface Settings {
  locale: string;
  theme: Theme;
  sound: boolean;
  /** The section of resolved conversations is open. */
  resolvedOpen: boolean;
}

const KEY = "switchboard:console:settings";

/** Reads what was kept. `?lang=` and `?theme=` stand above it, for pages that show the console inside them. */
export function openSettings(query: URLSearchParams): Store<Settings> {
  const store = browserStore();
  const kept = parse(store.getItem(KEY));
  const wished = [query.get("lang"), kept.locale, ...navigator.languages].filter((tag) => typeof tag === "string");
  const theme = query.get("theme") ?? kept.theme;
  const settings = createStore<Settings>({
    locale: pickLocale(wished, LOCALES),
    theme: THEMES.find((one) => one === theme) ?? "system",
    sound: kept.sound === true,
    resolvedOpen: kept.resolvedOpen === true,
  });
  settings.subscribe(() => store.setItem(KEY, JSON.stringify(settings.get())));
  return settings;
}

function parse(text: string | null): Partial<Settings> {
  try {
    return (JSON.parse(text ?? "{}") ?? {}) as Partial<Settings>;
  } catch {
    return {};
  }
}
