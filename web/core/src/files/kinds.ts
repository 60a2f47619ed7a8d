/** What a file is to whoever looks at it, and how large, in words. */

export type Kind = "picture" | "sound" | "film" | "document";

/** What browsers show; of the others they would show a broken picture. */
const PICTURES = /^image\/(png|jpeg|gif|webp|avif)\b/;

export function kindOf(contentType: string): Kind {
  if (PICTURES.test(contentType)) return "picture";
  if (contentType.startsWith("audio/")) return "sound";
  return contentType.startsWith("video/") ? "film" : "document";
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** `1.4 MB`, in the language's own way. Thousands, as operating systems and the shops of phones count. */
export function sizeWords(bytes: number, locale: string): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** step;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: UNITS[step]!,
    // The short form of a byte is a word, and has no plural.
    unitDisplay: step ? "short" : "long",
    maximumFractionDigits: step > 1 && value < 100 ? 1 : 0,
  }).format(value);
}

/** `1:07`, in the language's digits. */
export function spanWords(seconds: number, locale: string): string {
  const whole = Math.max(0, Math.floor(seconds));
  const number = new Intl.NumberFormat(locale, { useGrouping: false });
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 });
  return `${number.format(Math.floor(whole / 60))}:${two.format(whole % 60)}`;
}

/** What stands after the last dot of a name, for the mark of a document: `PDF`. */
export function endingOf(name: string): string {
  const [, ending = ""] = /\.([a-z0-9]{1,4})$/i.exec(name) ?? [];
  return ending.toUpperCase();
}

/** The classes of a group of files: two or more pictures stand side by side, and of an odd number the first has a row. */
export function groupOf(files: readonly { content_type: string }[]): string {
  const pictures = files.filter(({ content_type }) => kindOf(content_type) === "picture").length;
  return `f-files${pictures > 1 ? " f-many" : ""}${pictures % 2 ? " f-odd" : ""}`;
}
