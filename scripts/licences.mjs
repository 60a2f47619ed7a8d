// Reads `cargo metadata` on standard input, and the npm lock file, and names every licence that is not on the list.
import { readFileSync } from "node:fs";

const allowed = new Set([
  "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CDLA-Permissive-2.0",
  "ISC", "MIT", "MIT-0", "Unicode-3.0", "Unlicense", "Zlib", "BlueOak-1.0.0", "Python-2.0", "CC-BY-4.0",
]);
// MPL-2.0 leaves our own files alone; these come in unchanged, and only while building or testing.
const unchanged = new Set(["axe-core", "lightningcss", "lightningcss-linux-x64-gnu", "option-ext"]);
const banned = new Set(["openssl-sys", "aws-lc-sys", "native-tls"]);

/** An SPDX expression is fine when every AND part has an OR part on the list. */
function fine(expression) {
  const parts = expression.replace(/[()]/g, "").replace(/\//g, " OR ").split(" AND ");
  return parts.every((part) => part.split(" OR ").some((licence) => allowed.has(licence.trim())));
}

const wrong = [];
const { packages } = JSON.parse(readFileSync(0, "utf8"));
for (const { name, version, license, source } of packages) {
  if (banned.has(name)) wrong.push(`${name} ${version}: brings a second TLS stack`);
  if (source && !unchanged.has(name) && !fine(license ?? "")) wrong.push(`${name} ${version}: ${license ?? "no licence"}`);
}
const lock = JSON.parse(readFileSync("web/package-lock.json", "utf8"));
for (const [path, { license, link, optional }] of Object.entries(lock.packages)) {
  const name = path.split("node_modules/").at(-1);
  if (!path.includes("node_modules/") || link || optional || unchanged.has(name) || name.startsWith("lightningcss")) continue;
  if (!fine(String(license ?? ""))) wrong.push(`${name} (npm): ${license ?? "no licence"}`);
}
if (wrong.length > 0) {
  console.error(`not on the list of licences, or banned:\n  ${wrong.join("\n  ")}`);
  process.exit(1);
}
console.log(`licences: ${packages.length} crates and ${Object.keys(lock.packages).length} npm packages are fine`);
