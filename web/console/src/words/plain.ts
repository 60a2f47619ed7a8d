/** Typographic characters that make an SMS costlier, and the plain ones that say the same. */

import { segments } from "@switchboard/core";

const PLAIN: Record<string, string> = {
  "“": '"',
  "”": '"',
  "„": '"',
  "«": '"',
  "»": '"',
  "‘": "'",
  "’": "'",
  "‚": "'",
  "`": "'",
  "´": "'",
  "–": "-",
  "—": "-",
  "‑": "-",
  "−": "-",
  "…": "...",
  "•": "-",
  "\u00a0": " ",
  "\u2009": " ",
  "\u202f": " ",
  "\u200b": "",
  "\ufeff": "",
};

/** The text with plain characters, where that alone makes it cheaper; else null. */
export function cheaper(text: string): string | null {
  const now = segments(text);
  if (now.encoding === "gsm7") return null;
  const plain = [...text].map((letter) => PLAIN[letter] ?? letter).join("");
  return segments(plain).segments < now.segments ? plain : null;
}

/** The characters that no plain SMS can carry, each once, the first few. */
export function costly(text: string): string[] {
  const found = new Set([...text].filter((letter) => segments(letter).encoding === "ucs2"));
  return [...found].slice(0, 4);
}
