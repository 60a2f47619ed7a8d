/** Two tabs, reloads, and a server that dies in the middle: the window and the log stay what they are. */

import assert from "node:assert/strict";
import { Visitor } from "./people/visitor.mjs";
import { NUMBER, story } from "./story.mjs";
import { becomes, until } from "./wait.mjs";

story("two tabs of one browser agree on every word and every step", async (scene) => {
  const device = await scene.device();
  const one = await scene.visitor({ device });
  await one.says("Hello");
  await one.button(one.words.sms).waitFor();
  const two = await scene.visitor({ device });
  await two.sees("Hello");
  await two.says("From the other tab");
  await one.sees("Hello", "From the other tab");

  await one.asksForSms();
  await two.goesOnBySms(NUMBER);
  await one.button("Revert").waitFor();
  assert.ok(Math.abs((await one.seconds()) - (await two.seconds())) <= 1, "both count the same seconds");
  await one.button("Revert").click();
  await two.onWeb();
  await one.onWeb();
  assert.deepEqual(await one.lines(), await two.lines());
});

story(
  "a switch in one tab closes the number area of the other, which says so and keeps what was typed",
  async (scene) => {
    const device = await scene.device();
    const one = await scene.visitor({ device });
    await one.says("Hello");
    await one.onWeb();
    const two = await scene.visitor({ device });
    await two.asksForSms();
    await two.number.fill("202 555 01");
    // What is put into a region that stands there already is announced.
    const announced = two.root.evaluate(
      () =>
        new Promise((resolve) => {
          const root = [...document.querySelectorAll("*")].find((one) =>
            one.shadowRoot?.querySelector(".window"),
          ).shadowRoot;
          new MutationObserver((changes) => {
            const into = changes.filter(({ target, addedNodes }) => addedNodes.length && target.role === "status");
            if (into.length) resolve(into[0].target.innerText);
          }).observe(root, { childList: true, subtree: true });
        }),
    );
    await one.goesOnBySms(NUMBER);
    assert.match(await announced, /SMS|text/);
    await one.button("Revert").click();
    await two.onWeb();
    await two.asksForSms();
    assert.equal(await two.number.inputValue(), "202 555 01");
  },
);

story("a reload in the middle of the window brings the countdown back where it is", async (scene) => {
  const visitor = await scene.visitor();
  await visitor.says("Hello");
  await visitor.goesOnBySms(NUMBER);
  const before = await visitor.secondsFallTo(9);

  await visitor.root.reload();
  await visitor.opensTheChat();

  await visitor.button("Revert").waitFor();
  assert.ok((await visitor.seconds()) <= before, "it has not begun anew");
  await visitor.sees("Hello");
  await visitor.button("Revert").click();
  await visitor.onWeb();
});

story(
  "killed and started again in the middle of the window, the server still counts it and still reverts",
  async (scene) => {
    const { visitor, operator } = await scene.chat();
    await visitor.goesOnBySms(NUMBER);
    const before = await visitor.seconds();

    await scene.server.restart();

    await visitor.secondsFallTo(before - 1);
    await visitor.button("Revert").click();
    await visitor.onWeb();
    await visitor.says("Nothing was lost");
    await operator.answersGoTo("Web chat");
    await operator.sees("Hello", "Hi", "Nothing was lost");
    await visitor.seesLines(`The chat moved to SMS, ${NUMBER}`, "Reverted: the chat goes on here");
  },
);

story("what was written while the server is down survives a reload and is sent once, in order", async (scene) => {
  const device = await scene.device();
  const { visitor, operator } = await scene.chat({ device });

  await scene.server.kill();
  await visitor.says("First");
  await visitor.says("Second");
  await visitor.isTold("Sending…");
  // The page itself comes from the server too: the reload can only be finished by one that is back.
  const gone = visitor.root;
  await gone.goto("about:blank");
  await scene.server.restart();
  const back = new Visitor(await scene.page("/shop", { device }));
  await back.opensTheChat();

  await back.sees("Hello", "Hi", "First", "Second");
  await operator.sees("Hello", "Hi", "First", "Second");
  await back.root.locator(".pending").waitFor({ state: "detached" });
});

story(
  "what the operator wrote while the server is down goes out once it is back, and they see what they missed",
  async (scene) => {
    const { visitor, operator } = await scene.chat();

    await scene.server.kill();
    await operator.says("Written into the dark");
    await operator.root.getByText(/Offline\. 1 message is kept/).waitFor();
    await visitor.says("So was this");
    await visitor.isTold("You are offline. What you write is kept and sent later.");
    await scene.server.restart();

    const both = (said) => [...said].sort();
    const wanted = both(["Hello", "Hi", "Written into the dark", "So was this"]);
    for (const one of [visitor, operator]) {
      await until(
        () => one.said(),
        (said) => both(said).join() === wanted.join(),
        "each word once",
      );
    }
    assert.deepEqual(await visitor.said(), await operator.said(), "in the same order on both sides");
  },
);

story("a server whose data were put back to an earlier day is believed at once, by both sides", async (scene) => {
  const { visitor, operator } = await scene.chat();
  const putBack = await scene.server.backUp();
  await visitor.says("Said after the copy was made");
  await operator.sees("Hello", "Hi", "Said after the copy was made");
  await operator.says("And answered");
  await visitor.sees("Hello", "Hi", "Said after the copy was made", "And answered");
  await operator.sees("Hello", "Hi", "Said after the copy was made", "And answered");

  await putBack();

  await visitor.sees("Hello", "Hi");
  await operator.sees("Hello", "Hi");
  await visitor.says("We go on");
  await operator.sees("Hello", "Hi", "We go on");
  await operator.says("From here");
  await visitor.sees("Hello", "Hi", "We go on", "From here");
  await operator.sees("Hello", "Hi", "We go on", "From here");
});

story("the operator sees a visitor who goes from page to page as here, and one who left as away", async (scene) => {
  const { visitor, operator } = await scene.chat();
  const said = operator.root.locator(".who-here, .who-away");
  await becomes(() => said.innerText(), "At the web chat now", "where the visitor is");
  await operator.root.evaluate(() => {
    const word = () => document.querySelector(".who-here, .who-away").textContent;
    globalThis.words = new Set([word()]);
    new MutationObserver(() => globalThis.words.add(word())).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });

  for (const n of [1, 2, 3]) {
    await visitor.root.reload();
    await visitor.opensTheChat();
    await visitor.says(`On page ${n}`);
    await operator.log.getByText(`On page ${n}`).waitFor();
  }

  assert.deepEqual(await operator.root.evaluate(() => [...globalThis.words]), ["At the web chat now"]);
  await visitor.root.close();
  await until(
    async () => {
      await scene.server.pass("31s");
      return said.innerText();
    },
    (words) => words === "Not at the web chat",
    "the visitor who closed the page is away",
  );
});
