/** What the console says, in the operator's language: sentences, times, channels, people and numbers. */

import { direction, translator, type Catalogue, type Values } from "@switchboard/core";
import type en from "../../locales/en.json";

export type Key = keyof typeof en;

export interface Words {
  locale: string;
  dir: "rtl" | "ltr";
  t(key: Key, values?: Values): string;
  /** The sentence for a word of the server's (a reason, a channel …); for one that we do not know, `otherwise`. */
  of(group: string, word: string | null | undefined, otherwise: Key, values?: Values): string;
  number(n: number): string;
  /** "A, B, or C". */
  list(names: readonly string[]): string;
  clock(at: string): string;
  day(at: string): string;
  whole(at: string): string;
  /** Short and exact enough for a list: a clock today, a weekday this week, else a date. */
  brief(at: string, now: number): string;
  /** A length of time in hours and minutes. */
  span(ms: number): string;
  /** How long ago, in the largest unit that is not zero. */
  since(at: string, now: number): string;
}

export function speak(locale: string, catalogue: Catalogue): Words {
  const translate = translator(locale, catalogue);
  const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
  const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const dated = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "short" });
  const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const whole = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const number = new Intl.NumberFormat(locale);
  const either = new Intl.ListFormat(locale, { type: "disjunction" });

  const words: Words = {
    locale,
    dir: direction(locale),
    t: translate,
    of: (group, word, otherwise, values) => {
      const key = `${group}.${word}`;
      return catalogue[key] === undefined
        ? translate(otherwise, { word: word ?? "", ...values })
        : translate(key, values);
    },
    number: (n) => number.format(n),
    list: (names) => either.format(names),
    clock: (at) => clock.format(new Date(at)),
    whole: (at) => whole.format(new Date(at)),
    day(at) {
      const away = daysBetween(new Date(at), new Date());
      return away < 2 ? capital(relative.format(-away, "day"), locale) : day.format(new Date(at));
    },
    brief(at, now) {
      const when = new Date(at);
      const today = new Date(now);
      const away = daysBetween(when, today);
      if (away < 1) return clock.format(when);
      if (away < 7) return weekday.format(when);
      return (when.getFullYear() === today.getFullYear() ? date : dated).format(when);
    },
    span(ms) {
      const minutes = Math.floor(ms / 60_000);
      if (minutes < 1) return translate("span.moment");
      const hours = Math.floor(minutes / 60);
      const rest = translate("since.minutes", { n: minutes % 60 });
      if (hours === 0) return rest;
      return minutes % 60
        ? `${translate("since.hours", { n: hours })} ${rest}`
        : translate("since.hours", { n: hours });
    },
    since(at, now) {
      const minutes = Math.max(0, Math.floor((now - Date.parse(at)) / 60_000));
      if (minutes < 1) return translate("since.now");
      if (minutes < 60) return translate("since.minutes", { n: minutes });
      const hours = Math.floor(minutes / 60);
      return hours < 24
        ? translate("since.hours", { n: hours })
        : translate("since.days", { n: Math.floor(hours / 24) });
    },
  };
  return words;
}

/** Midnights between two times, on this device's calendar. */
function daysBetween(from: Date, to: Date): number {
  const midnight = (time: Date) => Date.UTC(time.getFullYear(), time.getMonth(), time.getDate());
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

function capital(text: string, locale: string): string {
  const [first = "", ...rest] = text;
  return first.toLocaleUpperCase(locale) + rest.join("");
}
