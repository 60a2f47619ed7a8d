/** What is wrong with a lead, told by its field: by us before it is sent, or by the server, which has the last word. */

import type { Answer, LeadAsk, LeadAsked, Problem } from "../../../core/src/types.ts";
import type { Country } from "../number/countries.ts";
import { read } from "../number/number.ts";

export type Values = Readonly<Partial<Record<LeadAsk, string>>>;
export type Field = LeadAsk | "consent";

export interface Wrong {
  /** None: it is about the whole. */
  field?: Field;
  /** The catalogue's `wrong_<key>`. */
  key: string;
  n?: number;
}

/** What is sent: without what was left empty, the number with its dial code. */
export function lead(values: Values, asks: readonly LeadAsk[], country: Country | undefined): Record<string, string> {
  const rows = asks.map((ask) => [ask, values[ask]?.trim() ?? ""] as const).filter(([, value]) => value);
  return Object.fromEntries(
    rows.map(([ask, value]) => {
      const typed = ask === "phone" ? read(value, country) : undefined;
      return [ask, typed && "address" in typed ? typed.address : value];
    }),
  );
}

/** What can be seen to be wrong before it is sent. */
export function wrongOf(
  values: Values,
  { asks, required }: LeadAsked,
  country: Country | undefined,
  consent: boolean,
): Wrong | undefined {
  const given = lead(values, asks, country);
  const missing = asks.find((ask) => required.includes(ask) && !given[ask]);
  if (missing) return { field: missing, key: "missing" };
  if (given.phone && "error" in read(given.phone, country)) return { field: "phone", key: "phone" };
  if (!given.phone && !given.email) return { field: addressOf(asks), key: "no_address" };
  if (!consent) return { field: "consent", key: "consent" };
  return undefined;
}

/** What the server says is wrong. */
export function wrongAfter({ status, body, retryAfter = 0 }: Answer, asks: readonly LeadAsk[]): Wrong {
  const { code, field: named, limit } = (body ?? {}) as Partial<Problem>;
  const field = [...asks, "consent"].find((one) => one === named) as Field | undefined;
  if (!status) return { key: "offline" };
  if (status === 429) return { key: "too_many", n: Math.ceil(retryAfter / 1000) || 10 };
  if (code === "missing_field") return { field, key: "missing" };
  if (code === "consent_required") return { field, key: "consent" };
  if (code === "no_address") return { field: addressOf(asks), key: "no_address" };
  if (code === "too_long") return { field, key: "too_long", n: Number(limit) };
  if (code === "bad_address" && (field === "email" || field === "phone")) return { field, key: field };
  return status === 422 && field ? { field, key: "line" } : { key: "other" };
}

/** Where an address is asked for first. */
function addressOf(asks: readonly LeadAsk[]): Field | undefined {
  return asks.find((ask) => ask === "email" || ask === "phone");
}
