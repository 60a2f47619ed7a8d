/** The visitor's language: the parts of its catalogue come as they are needed. */

import { direction, pickLocale, translator, type Catalogue, type Translate } from "../../core/src/i18n.ts";

type Part = "chat" | "live" | "number" | "lead" | "files";
type Load = () => Promise<{ default: Catalogue }>;

/** To add a language: its catalogue in `locales/`, and its line here and in `back/words.ts`. */
const CATALOGUES: Record<string, Record<Part, Load>> = {
  en: {
    chat: () => import("words:en/chat"),
    live: () => import("words:en/live"),
    number: () => import("words:en/number"),
    lead: () => import("words:en/lead"),
    files: () => import("words:en/files"),
  },
  ar: {
    chat: () => import("words:ar/chat"),
    live: () => import("words:ar/live"),
    number: () => import("words:ar/number"),
    lead: () => import("words:ar/lead"),
    files: () => import("words:ar/files"),
  },
};

export interface Words {
  locale: string;
  dir: "rtl" | "ltr";
  t: Translate;
  /** Fetches one more part of the catalogue. */
  learn(part: Part): Promise<void>;
}

export function speak(wished: readonly string[]): Words {
  const locale = pickLocale(wished, Object.keys(CATALOGUES));
  const known: Catalogue = {};
  return {
    locale,
    dir: direction(locale),
    t: translator(locale, known),
    learn: async (part) => void Object.assign(known, (await CATALOGUES[locale]![part]()).default),
  };
}
