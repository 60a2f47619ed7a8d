/** Numbers and times as a phone writes them. */

/** The reader's way of writing times, where they read English as the page does. Another's would stand in it back to front. */
const LOCALE = navigator.languages.find((language) => /^en\b/.test(language)) ?? "en";

/** `+1 415 555 0100`; other countries' numbers keep their digits together. What is no number is a name on Telegram. */
export function number(e164: string): string {
  if (!e164.startsWith("+")) return `@${e164}`;
  return e164.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2 $3");
}

/** Hours and minutes, in that way. */
export function clock(at: number): string {
  return new Date(at).toLocaleTimeString(LOCALE, { hour: "numeric", minute: "2-digit" });
}

/** The day as far as it needs to be said. */
export function day(at: number, now: number): string {
  const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0);
  const ago = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  const date = new Date(at);
  if (ago > 0 && ago < 7) return date.toLocaleDateString(LOCALE, { weekday: "long" });
  return date.toLocaleDateString(LOCALE, { day: "numeric", month: "short", year: "numeric" });
}

/** For the list of threads: the time today, the day before. */
export function when(at: number, now: number): string {
  return day(at, now) === "Today" ? clock(at) : day(at, now);
}

/** Two letters for a contact, or none for a bare number. */
export function initials(name: string | undefined): string {
  const words = (name ?? "").split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  return words
    .slice(0, 2)
    .map((word) => [...word][0]!.toLocaleUpperCase())
    .join("");
}

/** The text cut at its web addresses: every second piece is one. */
export function pieces(text: string): string[] {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}])/g);
}
