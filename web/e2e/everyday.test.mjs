/** What every chat has, on whatever page it stands. */

import assert from "node:assert/strict";
import { Visitor } from "./people/visitor.mjs";
import { story } from "./story.mjs";
import { becomes } from "./wait.mjs";

story("the visitor sees that their words were read, and each side sees the other write", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.isTold("With Ada");
  await visitor.says("Are you there?");
  await visitor.log.getByText("Read", { exact: true }).waitFor();
  await operator.composer.pressSequentially("Ye");
  await visitor.isTold(/Ada\S? is typing/);
  await operator.composer.fill("");
  await visitor.root.getByText(/is typing/).waitFor({ state: "detached" });
  await visitor.composer.pressSequentially("We");
  await operator.log.locator(".typing").waitFor();
  await operator.says("Yes");
  await operator.log.locator(".delivery-read").last().waitFor();
  await visitor.sees("Hello", "Hi", "Are you there?", "Yes");
});

story("what comes while the chat is closed is counted on its launcher, also after a reload", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.root.getByRole("button", { name: "Close chat" }).last().click();
  await operator.says("One");
  await operator.says("Two");
  await visitor.button("Chat with us, 2 unread messages").waitFor();
  await visitor.root.reload();
  await visitor.button("Chat with us, 2 unread messages").click();
  await visitor.sees("Hello", "Hi", "One", "Two");
  await visitor.root.getByRole("button", { name: "Close chat" }).last().click();
  await visitor.button("Chat with us", { exact: true }).waitFor();
});

story(
  "emoji, right-to-left words, markup and long lines arrive as they were written, and nothing of them runs",
  async (scene) => {
    const { visitor, operator } = await scene.chat();
    const texts = ["👩‍🔧 works ✓", "مرحبا بالعالم", "<img src=x onerror=alert(1)><b>bold</b>", "x".repeat(400)];
    for (const text of texts) await visitor.says(text);
    await operator.sees("Hello", "Hi", ...texts);
    await visitor.sees("Hello", "Hi", ...texts);
    for (const { root } of [visitor, operator]) {
      const over = await root.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `a long line makes the page ${over} px too wide`);
    }
  },
);

story("a text over the limit is counted and kept in the composer", async (scene) => {
  const visitor = await scene.visitor();
  await visitor.composer.fill("x".repeat(10_001));
  await visitor.isTold(/too many/);
  await visitor.composer.press("Enter");
  assert.equal((await visitor.composer.inputValue()).length, 10_001);
  await visitor.composer.fill("x".repeat(1_601));
  await visitor.composer.press("Enter");
  await visitor.sees("x".repeat(1_601));
});

story(
  "one script tag is enough on a page of another origin with the strictest policy, and adds one name",
  async (scene) => {
    const { host, origin } = new URL(scene.server.url);
    const elsewhere = origin.replace("127.0.0.1", "localhost");
    const policy = `default-src 'none'; script-src ${origin}; connect-src ${origin} ws://${host}; base-uri 'none'`;
    const device = await scene.device();
    await device.route(`${elsewhere}/**`, (route) =>
      route.fulfill({
        contentType: "text/html",
        headers: { "content-security-policy": policy },
        body: route.request().url().endsWith("/blank")
          ? "<!doctype html><title>Blank</title>"
          : `<!doctype html><title>Elsewhere</title><script src="${origin}/widget.js" data-widget-key="wk_acme" async></script>`,
      }),
    );
    const names = (page) => page.evaluate(() => Object.keys(globalThis).sort());
    const before = await names(await scene.page(`${elsewhere}/blank`, { device }));

    const visitor = new Visitor(await scene.page(`${elsewhere}/`, { device }));
    await visitor.opensTheChat();
    await visitor.says("Hello from elsewhere");
    await visitor.button("Continue by SMS").waitFor();
    const operator = await scene.operator();
    await operator.opens();
    await operator.says("Hello there");
    await visitor.sees("Hello from elsewhere", "Hello there");

    await becomes(
      async () => (await names(visitor.root)).filter((name) => !before.includes(name)),
      ["Switchboard"],
      "the names that the widget adds to a page",
    );
  },
);
