/** Words from JSON catalogues: `{name}` is filled in, and plural forms are chosen by CLDR. */

export type Form = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Catalogue = Record<string, Form>;
export type Values = Record<string, string | number>;
export type Translate<K extends string = string> = (key: K, values?: Values) => string;

/**
 * A function that says `key` in the catalogue's language. A plural entry is an object of CLDR forms and is chosen by the
 * value `n`. A key that the catalogue lacks is said as itself: visible, and never a crash.
 */
export function translator<K extends string = string>(locale: string, catalogue: Catalogue): Translate<K> {
  const plural = new Intl.PluralRules(locale);
  const number = new Intl.NumberFormat(locale, { useGrouping: false });
  return (key, values = {}) => {
    const entry = catalogue[key] ?? key;
    const form = typeof entry === "string" ? entry : (entry[plural.select(Number(values.n))] ?? entry.other ?? key);
    return form.replace(/\{(\w+)\}/g, (hole, name: string) => {
      const value = values[name];
      return value === undefined ? hole : typeof value === "number" ? number.format(value) : value;
    });
  };
}

/** The first of the wished languages that we have, by its primary subtag; else the first that we have. */
export function pickLocale(wished: readonly string[], have: readonly string[]): string {
  for (const wish of wished) {
    const primary = wish.toLowerCase().split("-")[0]!;
    if (have.includes(primary)) return primary;
  }
  return have[0]!;
}

/** Which way the language's lines run. */
export function direction(locale: string): "rtl" | "ltr" {
  return /^(ar|dv|fa|he|ks|ku|ps|sd|ug|ur|yi)\b/.test(locale) ? "rtl" : "ltr";
}
