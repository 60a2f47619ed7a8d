/** What is said about files, in the person's language: each front end keeps these keys in its own catalogue. */

import type { Translate } from "../i18n.ts";
import { sizeWords } from "./kinds.ts";
import type { Refused } from "./uploads.ts";

export interface FileWords {
  t: Translate;
  locale: string;
}

const TOLD = new Set(["empty", "file_lost", "rate_limited", "timeout"]);

/** Why a file is not taken. What we have no words for is told in the server's own. */
export function refusedWords({ code, detail, limit }: Refused, { t, locale }: FileWords): string {
  if (code === "too_large") return limit ? t("too_large", { limit: sizeWords(limit, locale) }) : t("too_large_some");
  return TOLD.has(code) ? t(`refused_${code}`) : detail ? t("refused_why", { detail }) : t("refused");
}
