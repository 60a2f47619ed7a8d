/** A story: begun on a scene of its own, and cleared away; where it fails, it shows what was on the screens. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, Scene } from "./scene.mjs";

export { NUMBER } from "./scene.mjs";

const STORY_MS = 60_000;

after(closeBrowser);

/** Tells a story. `tell` gets the scene; with a `carrier` it is no demonstration, and the carrier is a program of its own. */
export function story(name, tell, options) {
  test(name, { timeout: STORY_MS }, async () => {
    const scene = await Scene.begin(options);
    try {
      await tell(scene);
      assert.deepEqual(scene.complaints, [], "what the pages complained of");
    } catch (error) {
      await scene.photograph(name);
      throw error;
    } finally {
      await scene.end();
    }
  });
}
