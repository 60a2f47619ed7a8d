/** Templates: reading them, finding one, and filling it in. */

import type { Rest, Template, TemplateList } from "@switchboard/core";

export interface Templates {
  /** Those of a connection; null: they could not be read. */
  of(connection: string): Promise<Template[] | null>;
}

export function openTemplates(rest: Rest): Templates {
  return {
    async of(connection) {
      const wanted = new URLSearchParams({ connection });
      const answer = await rest<TemplateList>("GET", `/v1/templates?${wanted.toString()}`);
      if (answer.status !== 200 || answer.body.unanswered.includes(connection)) return null;
      return answer.body.items;
    },
  };
}

export interface Wanted {
  query: string;
  language: string;
  category: string;
}

/** Those that are wanted: first what can be sent, then by name. */
export function sifted(templates: readonly Template[], { query, language, category }: Wanted): Template[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return templates
    .filter((one) => {
      const text = `${one.name} ${one.body}`.toLocaleLowerCase();
      return (
        (!language || one.language === language) &&
        (!category || one.category === category) &&
        words.every((word) => text.includes(word))
      );
    })
    .sort(
      (a, b) =>
        Number(b.approved) - Number(a.approved) || a.name.localeCompare(b.name) || a.language.localeCompare(b.language),
    );
}

export interface Known {
  visitor: string | null;
  organization: string;
  operator: string;
}

/** What variables are called when they stand for somebody that we know. */
const CALLED: readonly (readonly [keyof Known, RegExp])[] = [
  ["organization", /^(organi[sz]ation|company|business|shop|store|brand|seller)(_?name)?$/],
  ["operator", /^(operator|agent|assistant)(_?name)?$/],
  ["visitor", /^(visitor|customer|client|buyer|contact|user|recipient|first|full)?_?name$|^(visitor|customer)$/],
];

/** What can be filled in before anybody types: a name that we know, under whatever word a template has for it. */
export function prefilled({ variables }: Template, known: Known): Record<string, string> {
  return Object.fromEntries(
    variables.map((name) => {
      const who = CALLED.find(([, called]) => called.test(name.toLocaleLowerCase()))?.[0];
      const full = (who && known[who]) || "";
      return [name, /^first/i.test(name) ? (full.split(/\s+/)[0] ?? "") : full];
    }),
  );
}

export interface Part {
  text: string;
  /** The variable that it stands for. */
  variable?: string;
  /** Nothing is filled in yet. */
  missing?: boolean;
}

/** The text as it will be read, with what is still missing marked. */
export function parts({ body, variables }: Template, values: Record<string, string>): Part[] {
  return body.split(/(\{\{[^{}]*\}\})/).flatMap((text): Part[] => {
    const variable = /^\{\{\s*(.*?)\s*\}\}$/.exec(text)?.[1];
    if (variable === undefined || !variables.includes(variable)) return text ? [{ text }] : [];
    const value = values[variable]?.trim();
    return [{ text: value || variable, variable, missing: !value }];
  });
}

export function isFilled({ variables }: Template, values: Record<string, string>): boolean {
  return variables.every((name) => values[name]?.trim());
}
