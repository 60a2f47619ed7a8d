/** Bundles the tests of `core` and of the plain logic of widget and console for Node, and runs them: `node core/test.mjs`. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const web = fileURLToPath(new URL("..", import.meta.url));
const tests = ["core/test", "widget/test", "console/test"].flatMap((folder) =>
  readdirSync(join(web, folder))
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(web, folder, file)),
);
const outDir = mkdtempSync(join(tmpdir(), "switchboard-web-"));
try {
  await build({
    root: web,
    configFile: false,
    logLevel: "warn",
    build: { ssr: true, outDir, rolldownOptions: { input: tests, output: { entryFileNames: "[name].mjs" } } },
  });
  const files = readdirSync(outDir).filter((file) => file.endsWith(".test.mjs"));
  process.exitCode = spawnSync(process.execPath, ["--test", ...files], { cwd: outDir, stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(outDir, { recursive: true });
}
