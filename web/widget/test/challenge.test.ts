/** A challenge is met with the number that its hash was made of. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { search } from "../src/challenge/search.ts";
import { hex, sha256 } from "../src/challenge/sha256.ts";

const judge = (text: string) => createHash("sha256").update(text).digest("hex");

test("a text of any length has the hash that others say it has", () => {
  for (let length = 0; length < 200; length++) {
    const text = "a1?&=f".repeat(40).slice(0, length);
    assert.equal(hex(sha256(text)), judge(text), `${length}`);
  }
});

test("the number is found, and none where there is none", () => {
  const salt = "0123456789abcdef01234567?expires=1800000600&for=0198c0de&";
  const challenge = { algorithm: "SHA-256", challenge: judge(salt + 1234), maxnumber: 2000, salt, signature: "" };
  assert.equal(search(challenge, 0, 2000), 1234);
  assert.equal(search(challenge, 0, 1233), undefined);
});
