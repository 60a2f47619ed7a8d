/** A Vite plugin: `words:<language>/<part>` is one part of a language's catalogue, so that each comes when it is needed. */

import { readFileSync, readdirSync } from "node:fs";

const folder = new URL("./locales/", import.meta.url);

export const languages = readdirSync(folder).map((file) => file.replace(".json", ""));

export function catalogue(language) {
  return JSON.parse(readFileSync(new URL(`${language}.json`, folder), "utf8"));
}

export function words() {
  const prefix = "\0words:";
  return {
    name: "words",
    resolveId: (id) => (id.startsWith("words:") ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(prefix)) return;
      const [language, part] = id.slice(prefix.length).split("/");
      return `export default ${JSON.stringify(catalogue(language)[part])}`;
    },
  };
}
