import { defineConfig } from "vite";

export default defineConfig({
  base: "/phone/",
  build: { outDir: "../dist/phone", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
