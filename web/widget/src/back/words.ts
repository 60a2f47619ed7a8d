/** The words of the way back: they belong to its page alone, and the panel carries none of them. */

import { direction, pickLocale, translator, type Catalogue, type Translate } from "../../../core/src/i18n.ts";

/** To add a language: its catalogue in `locales/`, and its line here and in `../words.ts`. */
const CATALOGUES: Record<string, () => Promise<{ default: Catalogue }>> = {
  en: () => import("words:en/back"),
  ar: () => import("words:ar/back"),
};

export interface Said {
  locale: string;
  dir: "rtl" | "ltr";
  t: Translate;
}

export async function sayBack(wished: string): Promise<Said> {
  const locale = pickLocale([wished], Object.keys(CATALOGUES));
  const catalogue = (await CATALOGUES[locale]!()).default;
  return { locale, dir: direction(locale), t: translator(locale, catalogue) };
}
