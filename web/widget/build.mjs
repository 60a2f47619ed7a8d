/** Builds `dist/widget`: the panel and its chunks, named after their content, then the loader that knows the panel's name. */

import { fileURLToPath } from "node:url";
import { build } from "vite";
import { catalogue, languages, words } from "./words.mjs";

const root = fileURLToPath(new URL(".", import.meta.url));
const outDir = fileURLToPath(new URL("../dist/widget", import.meta.url));
const common = { root, configFile: false, logLevel: "warn", publicDir: false };

/** A part of a catalogue is named after both: `words-en-chat`. */
function chunkFileNames({ facadeModuleId }) {
  const [, language, part] = /words:(\w+)\/(\w+)/.exec(facadeModuleId ?? "") ?? [];
  return `${language ? `words-${language}-${part}` : "[name]"}-[hash].js`;
}

const [panel] = await build({
  ...common,
  base: "./",
  plugins: [words()],
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    lib: { entry: `${root}src/panel.tsx`, formats: ["es"] },
    rolldownOptions: {
      preserveEntrySignatures: "allow-extension",
      output: { entryFileNames: "[name]-[hash].js", chunkFileNames, minify: true },
    },
  },
});
const entry = panel.output.find((chunk) => chunk.isEntry);

const launcherWords = Object.fromEntries(
  languages.map((language) => {
    const { open, close } = catalogue(language).chat;
    return [language, { open, close }];
  }),
);

/** A classic script is read in the page's own encoding, which may be any: the loader is plain ASCII. */
const ascii = {
  name: "ascii",
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      chunk.code = chunk.code.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
    }
  },
};

await build({
  ...common,
  plugins: [ascii],
  define: { PANEL_FILE: JSON.stringify(entry.fileName), LAUNCHER_WORDS: JSON.stringify(launcherWords) },
  build: {
    outDir,
    emptyOutDir: false,
    target: "es2022",
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    lib: { entry: `${root}src/loader.ts`, formats: ["iife"], name: "_", fileName: () => "widget.js" },
    rolldownOptions: { output: { codeSplitting: false } },
  },
});
