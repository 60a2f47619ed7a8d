/** The widget on other people's pages, allowed and not. */

import assert from "node:assert/strict";
import { Visitor } from "./people/visitor.mjs";
import { story } from "./story.mjs";

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
