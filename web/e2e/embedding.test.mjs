/** The widget on other people's pages, allowed and not. */

import assert from "node:assert/strict";
import { Visitor } from "./people/visitor.mjs";
import { picture, words } from "./pictures.mjs";
import { story } from "./story.mjs";
import { becomes } from "./wait.mjs";

story("where its origin is not allowed, the page is told why and is otherwise left alone", async (scene) => {
  const elsewhere = "http://stranger.example";
  const device = await scene.device();
  await device.route(`${elsewhere}/**`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<!doctype html><title>Stranger</title><button onclick="this.textContent = 'Pressed'">Press</button>
        <script src="${scene.server.url}/widget.js" data-widget-key="wk_acme" async></script>`,
    }),
  );
  const page = await scene.page(`${elsewhere}/`, { device });
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));

  const visitor = new Visitor(page);
  await visitor.opensTheChat();
  await visitor.isTold("This chat is not available at the moment.");

  assert.ok(await visitor.composer.isDisabled(), "nothing can be written that nobody would get");
  const ours = `Switchboard: ${elsewhere} is not one of the allowed_origins of this widget key`;
  const others = scene.complaints.splice(0).filter((complaint) => complaint !== ours);
  assert.deepEqual([others.length, others[0]?.includes("CORS policy")], [1, true], others.join("\n"));
  await page.getByRole("button", { name: "Press" }).click();
  await page.getByRole("button", { name: "Pressed" }).waitFor();
  await page.keyboard.press("Escape");
  assert.deepEqual(sockets, []);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

story("on another site with a strict policy files go, and are shown as far as it lets them", async (scene) => {
  const server = scene.server.url;
  // The same machine by another name is another origin, and one that may always embed us.
  const elsewhere = server.replace("127.0.0.1", "localhost");
  for (const [shown, images] of [
    [1, `; img-src ${server} blob:`],
    [0, ""],
  ]) {
    const device = await scene.device();
    const policy = `default-src 'none'; script-src ${server}; connect-src ${server} ${server.replace("http", "ws")}`;
    await device.route(`${elsewhere}/strict`, (route) =>
      route.fulfill({
        headers: { "content-type": "text/html", "content-security-policy": policy + images },
        body: `<!doctype html><title>Strict</title>
          <script src="${server}/widget.js" data-widget-key="wk_acme" async></script>`,
      }),
    );
    const visitor = new Visitor(await scene.page(`${elsewhere}/strict`, { device }));
    await visitor.opensTheChat();
    await visitor.root.locator("input[type=file]").setInputFiles([picture(), words()]);
    await visitor.says("From afar");
    await visitor.sees("From afar");
    const drawn = visitor.log.locator("a.f-picture img");
    await becomes(
      () => drawn.evaluateAll((all) => all.filter((one) => one.naturalWidth > 0).length),
      shown,
      "the pictures that the policy lets in",
    );
    const links = visitor.log.locator("a.f-document .f-name");
    await becomes(
      () => links.allInnerTexts(),
      shown ? ["notes.txt"] : ["pump.png", "notes.txt"],
      "the others are links",
    );
    const ours = scene.complaints.splice(0).filter((complaint) => !/img-src|Loading the image/.test(complaint));
    assert.deepEqual(ours, []);
  }
});
