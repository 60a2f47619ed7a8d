/** What a visitor typed, as a telephone number with its dial code; the server has the last word. */

import type { Country } from "./countries.ts";

/** A key of the catalogue where it cannot be a number. */
export type Typed = { address: string } | { error: "empty" | "letters" | "short" | "long" };

/** E.164 allows fifteen digits; with fewer than seven no mobile network can be meant. */
const LEAST = 7;
const MOST = 15;
/** All numbers under +1 have ten digits after it. */
const NORTH_AMERICA = 11;

/** Countries whose numbers keep their leading zero when they are called from abroad. */
const KEEPS_ZERO = /^(IT|VA|SM|CI|CG|GA)$/;

/** Digits of any script as ASCII ones: Arabic-Indic, Persian, Devanagari, full width and so on. */
export function ascii(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const point = digit.codePointAt(0)!;
    // Decimal digits stand in runs of ten that begin with their zero.
    let zero = point;
    while (point - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String(point - zero);
  });
}

/** Whether the text carries a dial code of its own. */
export function isInternational(text: string): boolean {
  return /^\s*(\+|00)/.test(ascii(text));
}

export function read(text: string, country: Country | undefined): Typed {
  const plain = ascii(text).replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
  if (!plain.trim()) return { error: "empty" };
  if (/[^\d\s+().\-–/]/.test(plain)) return { error: "letters" };
  const digits = plain.replace(/\D/g, "");
  const whole =
    isInternational(plain) || !country ? digits.replace(/^00/, "") : country.dial + national(digits, country);
  const [least, most] = whole.startsWith("1") ? [NORTH_AMERICA, NORTH_AMERICA] : [LEAST, MOST];
  if (whole.length < least) return { error: "short" };
  return whole.length > most ? { error: "long" } : { address: `+${whole}` };
}

/** Without what is only dialled inside the country. */
function national(digits: string, { code, dial }: Country): string {
  if (dial === "1") return digits.length === 11 ? digits.replace(/^1/, "") : digits;
  if (dial === "7") return digits.length === 11 ? digits.replace(/^[78]/, "") : digits;
  return KEEPS_ZERO.test(code) ? digits : digits.replace(/^0/, "");
}
