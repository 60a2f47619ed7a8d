/** Small screens: nothing is cut off, nothing has to be scrolled sideways, and everything can still be done. */

import assert from "node:assert/strict";
import { NUMBER, story } from "./story.mjs";

const HAND_HELD = { hasTouch: true, isMobile: true };

story("with 390 pixels the console shows list, log and visitor one at a time", async (scene) => {
  const visitor = await scene.visitor();
  await visitor.says("Hello");
  const operator = await scene.operator({ viewport: { width: 390, height: 844 }, ...HAND_HELD });
  await fits(operator.root);
  await operator.opens();
  await operator.rows.first().waitFor({ state: "hidden" });
  await operator.says("Hi");
  await visitor.sees("Hello", "Hi");
  await fits(operator.root);

  await operator.button("Visitor").click();
  await operator.log.waitFor({ state: "hidden" });
  await fits(operator.root);
  await operator.root.locator("#ask-sms").click();
  await visitor.gives(NUMBER);
  await visitor.button("Revert").waitFor();
  await operator.button("Close the visitor panel").click();
  await operator.answersGoTo(`SMS · ${NUMBER}`);
  await fits(operator.root);
  await operator.button("Back to the list").click();
  await operator.rows.first().waitFor();
});

story("a name without an end takes no room from the log beside it", async (scene) => {
  const { operator } = await scene.chat();
  const { root } = operator;
  await root.locator("#rename").click();
  await root.getByLabel("Name", { exact: true }).fill("US.12106662289138856722".repeat(5));
  await root.keyboard.press("Enter");
  await root.locator(".head-name", { hasText: "US.121" }).waitFor();
  const [log, panel] = await Promise.all([".conversation", ".panel"].map((one) => root.locator(one).boundingBox()));
  assert.ok(panel.x >= log.x + log.width, `the log ends at ${log.x + log.width}, the panel begins at ${panel.x}`);
});

for (const width of [390, 320]) {
  story(`with ${width} pixels the window fills the screen through the whole switch`, async (scene) => {
    const visitor = await scene.visitor({ viewport: { width, height: 640 }, ...HAND_HELD });
    await visitor.says("Hello");
    await visitor.asksForSms();
    await visitor.number.waitFor();
    await fits(visitor.root);
    await visitor.gives(NUMBER);
    await visitor.button("Revert").waitFor();
    await fits(visitor.root);
    const window = await visitor.root.getByRole("dialog").boundingBox();
    assert.ok(window.width >= width - 32, `the window is ${window.width} px wide`);
    await within(visitor.button("Revert"), window);
    await visitor.button("Revert").click();
    await visitor.onWeb();
    await within(visitor.composer, window);
  });
}

for (const width of [390, 320]) {
  story(`with ${width} pixels the lead form, the link and the page of a link back fit the screen`, async (scene) => {
    const options = { viewport: { width, height: 640 }, ...HAND_HELD };
    const visitor = await scene.visitor(options);
    const { root } = visitor;
    const screen = { x: 0, y: 0, ...options.viewport };
    await visitor.button("Leave my details").click();
    await root.locator(".lead").waitFor();
    await fits(root);
    await within(root.locator(".lead [type=submit]"), screen);
    await within(visitor.composer, screen);
    await root.locator(".lead").getByRole("button", { name: "Cancel" }).click();
    await visitor.says("Hello");
    await visitor.asksForACode("Write to us from WhatsApp");
    await fits(root);
    await within(root.getByRole("link", { name: "Open WhatsApp" }), screen);
    const back = await scene.page("/chat/wk_acme#return=r.acme.used", options);
    const go = back.getByRole("button", { name: "Go on with this chat here" });
    await go.waitFor();
    await fits(back);
    await within(go, screen);
  });
}

story("the phone's page fits into 390 pixels", async (scene) => {
  const phone = await scene.phone({ viewport: { width: 390, height: 844 }, ...HAND_HELD });
  await phone.root.getByText("No messages yet").waitFor();
  await fits(phone.root);
});

for (const width of [1280, 900, 390]) {
  story(`with ${width} pixels no menu of the console leaves the screen`, async (scene) => {
    const { visitor } = await scene.chat();
    await visitor.goesOnBySms(NUMBER);
    for (const locale of ["en-US", "ar"]) {
      const viewport = { width, height: 800 };
      const { root, rows } = await scene.operator({ viewport, locale });
      const opens = async (button) => {
        await button.click();
        await within(root.getByRole("menu"), { x: 0, y: 0, ...viewport });
        await root.keyboard.press("Escape");
        await root.getByRole("menu").waitFor({ state: "detached" });
      };
      await rows.first().waitFor();
      for (const button of await root.locator(".topbar [aria-haspopup]").all()) await opens(button);
      await rows.first().click();
      await root.locator("#composer:focus").waitFor();
      for (const button of await root.locator(".conversation [aria-haspopup]").all()) await opens(button);
    }
  });
}

async function fits(page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `the page is ${over} px too wide`);
}

async function within(locator, outer) {
  const box = await locator.boundingBox();
  const inside =
    box.x >= outer.x &&
    box.y >= outer.y &&
    box.x + box.width <= outer.x + outer.width &&
    box.y + box.height <= outer.y + outer.height;
  assert.ok(inside, `${JSON.stringify(box)} stands out of ${JSON.stringify(outer)}`);
}
