/** Arabic: from right to left, in its own words and digits, with numbers that still read from left to right. */

import assert from "node:assert/strict";
import { ARABIC, Visitor } from "./people/visitor.mjs";
import { words } from "./pictures.mjs";
import { NUMBER, story } from "./story.mjs";

for (const path of ["/shop?locale=ar", "/chat/wk_acme?locale=ar"]) {
  story(`the whole switch at ${path}`, async (scene) => {
    const visitor = new Visitor(await scene.page(path), ARABIC);
    await visitor.opensTheChat();
    await visitor.says("مرحبا");
    assert.equal(await directionOf(visitor.log), "rtl");
    await visitor.asksForSms();
    await visitor.isTold("تابع عبر الرسائل القصيرة");
    assert.equal(await directionOf(visitor.number), "ltr");
    await visitor.gives("٢٠٢٥٥٥٠١٤٧");
    await visitor.button(ARABIC.revert).waitFor();
    await visitor.isTold("تستمر المحادثة عبر الرسائل القصيرة");
    assert.match(await visitor.countdown.innerText(), /^[\d٠-٩]{1,2}$/);
    await scene.server.receives(NUMBER, 1);
    await visitor.button(ARABIC.revert).click();
    await visitor.isTold("تم التراجع: تستمر المحادثة هنا");
    await visitor.says("hello in English");
    await visitor.sees("مرحبا", "hello in English");
    // As an event of the log, not the draft that it was.
    const english = visitor.log.locator("article:has(time) .said", { hasText: "hello in English" });
    assert.equal(await directionOf(english), "ltr", "a text runs as its own letters do");
    // What is one's own stands at the far side, which is the left here.
    const [log, own] = await Promise.all([visitor.log.boundingBox(), english.boundingBox()]);
    assert.ok(own.x - log.x < log.x + log.width - (own.x + own.width), "own words stand at the left");
  });
}

story("the code is asked for in Arabic, and reads from left to right", async (scene) => {
  const visitor = new Visitor(await scene.page("/shop?locale=ar"), ARABIC);
  await visitor.opensTheChat();
  await visitor.isTold(/لا يوجد أحد هنا الآن/);
  await visitor.says("مرحبا");
  const code = await visitor.asksForACode();
  assert.equal(await directionOf(visitor.code), "ltr");
  await scene.server.whatsapp(NUMBER, code);
  await visitor.button(ARABIC.revert).waitFor();
  await visitor.isTold("تستمر المحادثة عبر واتساب");
});

story("files are chosen and refused in Arabic, from right to left", async (scene) => {
  const visitor = new Visitor(await scene.page("/shop?locale=ar"), ARABIC);
  await visitor.opensTheChat();
  const empty = words({ name: "empty.txt", text: "" });
  await visitor.root.locator("input[type=file]").setInputFiles([empty, words()]);
  await visitor.isTold("هذا الملف فارغ.");
  await visitor.button("إزالة empty.txt").click();
  await visitor.says("مع الملف");
  const file = visitor.log.locator("a.f-document");
  await file.waitFor();
  assert.equal(await directionOf(file), "rtl");
  assert.equal(await directionOf(file.locator(".f-name")), "ltr", "a name runs as its own letters do");
});

story("the demonstration's page passes the language on to the shop", async (scene) => {
  const page = await scene.page("/demo?locale=ar");
  const visitor = new Visitor(page.frameLocator("#shop iframe"), ARABIC);
  await visitor.opensTheChat();
  await visitor.says("مرحبا");
  await visitor.button(ARABIC.sms).waitFor();
});

story("the console speaks Arabic too", async (scene) => {
  const visitor = await scene.visitor();
  await visitor.says("Hello");
  const console = await scene.page("/console?demo=1&lang=ar");
  await console.locator("[data-row]").first().click();
  await console.locator("#log").waitFor();
  assert.equal(await directionOf(console.locator("#log")), "rtl");
  const [list, log] = await Promise.all([
    console.locator("#inbox").boundingBox(),
    console.locator("#log").boundingBox(),
  ]);
  assert.ok(list.x > log.x, "the list stands at the right");
});

function directionOf(locator) {
  return locator.evaluate((element) => getComputedStyle(element).direction);
}
