/** A server that dies while the text is being sent: what the window says is so, and nobody gets the text twice. */

import assert from "node:assert/strict";
import { Visitor } from "./people/visitor.mjs";
import { NUMBER, story } from "./story.mjs";
import { until } from "./wait.mjs";

const WELCOME = /^Acme Pumps: somebody asked to go on with a chat here/;

servedStory(
  "killed before the carrier's answer came, it finds the text with the carrier and confirms it",
  async (scene) => {
    const { carrier } = scene.server;
    const visitor = await sending(scene, "silence");

    await scene.server.restart();

    await visitor.button("Revert").waitFor();
    await visitor.isTold("The chat goes on by SMS");
    assert.equal(carrier.asked, 1);
    assert.match(carrier.received(NUMBER).join("\n"), WELCOME);
    await visitor.button("Revert").click();
    await visitor.onWeb();
    await visitor.says("Nothing was lost");
    await visitor.sees("Hello", "Nothing was lost");
  },
);

servedStory(
  "killed before the carrier took the text, it still says that it sends, and still cancels",
  async (scene) => {
    const { carrier } = scene.server;
    const visitor = await sending(scene, "hang");

    await scene.server.restart();

    await visitor.says("Still here");
    await visitor.sees("Hello", "Still here");
    await visitor.isTold(/Sending a text to/);
    await visitor.button("Cancel").click();
    await visitor.onWeb();
    await visitor.seesLines("Cancelled: the chat goes on as before");
    carrier.does = "take";
    await visitor.goesOnBySms(NUMBER);
    assert.deepEqual(
      [carrier.asked, carrier.received(NUMBER).length],
      [2, 1],
      "one text for each time it was asked for",
    );
  },
);

story(
  "where a challenge is asked for, the browser meets it by itself and the text goes out",
  async (scene) => {
    const { carrier } = scene.server;
    carrier.does = "take";
    const visitor = new Visitor(await scene.page("/chat/wk_acme"));
    const workers = [];
    visitor.root.on("worker", (worker) => workers.push(worker));
    await visitor.says("Hello");
    await visitor.asksForSms(NUMBER);
    await visitor.button("Revert").waitFor();
    assert.equal(carrier.received(NUMBER).length, 1);
    assert.equal(workers.length, 1, "one does the work that was asked for, apart from the window");
  },
  { carrier: true, guard: 'challenge = "always"' },
);

/** A visitor whose window says that a text is being sent, and which the carrier has in its hands. */
async function sending(scene, does) {
  const { carrier } = scene.server;
  carrier.does = does;
  const visitor = new Visitor(await scene.page("/chat/wk_acme"));
  await visitor.says("Hello");
  await visitor.asksForSms(NUMBER);
  await visitor.isTold(/Sending a text to/);
  await until(
    () => carrier.asked,
    (asked) => asked === 1,
    "the carrier was asked",
  );
  return visitor;
}

function servedStory(name, tell) {
  story(name, tell, { carrier: true });
}
