/** Weighs the built widget, gzipped, and fails when it is over its budget. */

import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { languages } from "./words.mjs";

const KB = 1024;
const dist = new URL("../dist/widget/", import.meta.url);
const sizes = Object.fromEntries(
  readdirSync(dist)
    .filter((file) => file.endsWith(".js"))
    .map((file) => [file, gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length]),
);

/** What a static import of the file pulls in, itself included. */
function withImports(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(new URL(file, dist), "utf8");
  for (const [, other] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) withImports(other, seen);
  return seen;
}

const panel = Object.keys(sizes).find((file) => file.startsWith("panel-"));
const before = withImports(panel).add("widget.js");
const sum = (files) => files.reduce((total, file) => total + sizes[file], 0);
/** The part of the catalogue that a blank chat needs: the heaviest language counts. */
const chatWords = Math.max(...languages.map((language) => sizes[wordsFile(language)]));

function wordsFile(language) {
  return Object.keys(sizes).find((file) => file.startsWith(`words-${language}-chat-`));
}

const rows = [
  ["loader (widget.js)", sizes["widget.js"], 3 * KB],
  ["until the first message is sent", sum([...before]) + chatWords, 15 * KB],
  ...Object.keys(sizes)
    .filter((file) => !before.has(file))
    .map((file) => [file, sizes[file], 8 * KB]),
];

let over = false;
for (const [what, bytes, budget] of rows) {
  const bad = bytes > budget;
  over ||= bad;
  console.log(`${bad ? "OVER" : "  ok"}  ${String(bytes).padStart(6)} of ${String(budget).padStart(6)} bytes  ${what}`);
}
process.exitCode = over ? 1 : 0;
