/** How many SMS a text will be: GSM 03.38 septets or UCS-2 units, whole or in concatenated segments. */

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** These take an escape before them: two septets each. */
const EXTENDED = new Set("\f^{}\\[~]|€");

export interface Segments {
  encoding: "gsm7" | "ucs2";
  segments: number;
  /** Units used: septets, or UTF-16 code units. */
  units: number;
  /** How many more units fit without another segment. */
  left: number;
}

/** Counts the segments of a text. A pair (surrogates, or escape and character) is never torn between two segments. */
export function segments(text: string): Segments {
  const characters = [...text];
  const gsm = characters.every((c) => BASIC.has(c) || EXTENDED.has(c));
  const sizes = characters.map((c) => (gsm ? (EXTENDED.has(c) ? 2 : 1) : c.length));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const encoding = gsm ? "gsm7" : "ucs2";
  const whole = gsm ? 160 : 70;
  if (units <= whole) return { encoding, segments: units && 1, units, left: whole - units };

  const part = gsm ? 153 : 67;
  let count = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > part) {
      count += 1;
      used = 0;
    }
    used += size;
  }
  return { encoding, segments: count, units, left: part - used };
}
