/** Builds the pages round the widget: each folder here is one page, served under its base. */

import { fileURLToPath } from "node:url";
import { build } from "vite";
import { words } from "../widget/words.mjs";

/** `/chat/{widget_key}` names the widget, so the page's files stand elsewhere. */
const BASES = { chat: "/chat-assets/", shop: "/shop/", demo: "/demo/" };

for (const [page, base] of Object.entries(BASES)) {
  await build({
    root: fileURLToPath(new URL(`src/${page}`, import.meta.url)),
    base,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins: [words()],
    build: {
      outDir: fileURLToPath(new URL(`../dist/${page}`, import.meta.url)),
      emptyOutDir: true,
      assetsDir: "",
      target: "es2022",
      modulePreload: { polyfill: false },
    },
  });
}
