/** What the build puts in. */

declare module "*.css?inline" {
  const css: string;
  export default css;
}

/** One part of one language's catalogue: `words:en/chat`. */
declare module "words:*" {
  const words: Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>>;
  export default words;
}

/** The panel's file, named after its content. */
declare const PANEL_FILE: string;
/** What the launcher says, by language. */
declare const LAUNCHER_WORDS: Record<string, { open: string; close: string }>;

/** A worker whose code comes with whoever starts it. */
declare module "*?worker&inline" {
  const worker: new () => Worker;
  export default worker;
}
