/**
 * Takes the README's picture from the running demonstration, in the middle of the newcomer's story: `npm run screenshots`.
 * With a folder as argument it also puts pictures of the narrow and the dark pages there, to be looked at.
 */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Operator } from "./people/operator.mjs";
import { Phone } from "./people/phone.mjs";
import { ARABIC, Visitor } from "./people/visitor.mjs";
import { document, picture, words } from "./pictures.mjs";
import { until } from "./wait.mjs";
import { closeBrowser, NUMBER, Scene } from "./scene.mjs";

const IMAGES = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const NARROW = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const scene = await Scene.begin();
try {
  await mkdir(IMAGES, { recursive: true });
  await demonstration(join(IMAGES, "demo.png"));
  const folder = process.argv[2];
  if (folder) {
    await mkdir(folder, { recursive: true });
    await demonstration(join(folder, "demo-dark.png"), { colorScheme: "dark" });
    await narrowWidget(folder);
    await narrowConsole(folder);
    await arabicChat(folder);
    await files(folder);
  }
} finally {
  await scene.end();
  await closeBrowser();
}

async function demonstration(path, options) {
  const page = await scene.page("/demo", options);
  const frame = (id) => page.frameLocator(`#${id} iframe`);
  const visitor = new Visitor(frame("shop"));
  const operator = new Operator(frame("console"));
  const phone = new Phone(frame("phone"));
  await visitor.opensTheChat();
  await visitor.says("Does the AP-200 fit a ¾ inch hose?");
  await operator.opens();
  await operator.says("It does: the adapter is in the box.");
  await visitor.sees("Does the AP-200 fit a ¾ inch hose?", "It does: the adapter is in the box.");
  await visitor.goesOnBySms(NUMBER);
  await phone.says("Great, I am off to the garden now");
  await operator.sees(
    "Does the AP-200 fit a ¾ inch hose?",
    "It does: the adapter is in the box.",
    "Great, I am off to the garden now",
  );
  // Both count by the server's clock, but not by the same ticks.
  await until(
    async () => [await visitor.seconds(), parseInt((await operator.note("window").innerText()).match(/\d+/)[0])],
    ([mine, theirs]) => mine <= 7 && mine === theirs,
    "both show the same second",
  );
  await page.screenshot({ path });
  await visitor.button("Revert").click();
  await visitor.onWeb();
  await visitor.button("End chat").click();
  await visitor.isTold("You ended the chat");
  await page.close();
}

async function narrowWidget(folder) {
  const visitor = await scene.visitor(NARROW);
  const picture = (name) => visitor.root.screenshot({ path: join(folder, `widget-390-${name}.png`) });
  await picture("1-empty");
  await visitor.says("Is it quiet enough for a balcony?");
  await visitor.button("Continue by SMS").waitFor();
  await picture("2-begun");
  await visitor.asksForSms();
  await visitor.number.waitFor();
  await picture("3-number");
  await visitor.gives("+12025550188");
  await visitor.button("Revert").waitFor();
  await picture("4-confirmed");
  await visitor.button("Revert").click();
  await visitor.onWeb();
  await scene.server.faults({ refuse: 21211 });
  await visitor.asksForSms("+12025550188");
  await visitor.button("Try another number").waitFor();
  await picture("5-failed");
  await scene.server.faults();
  await visitor.button("Try another number").click();
  await visitor.gives("+12025550188");
  await scene.server.pass("12s");
  await scene.server.text("+12025550188", "From the balcony");
  await visitor.button("Return to web chat").waitFor();
  await picture("6-on-the-phone");
}

async function narrowConsole(folder) {
  const operator = await scene.operator(NARROW);
  const picture = (name) => operator.root.screenshot({ path: join(folder, `console-390-${name}.png`) });
  await operator.rows.first().waitFor();
  await picture("1-list");
  await operator.opens();
  await operator.says("Yes: 52 dB, you can talk beside it.");
  await picture("2-chat");
  await operator.button("Visitor", { exact: true }).click();
  await picture("3-visitor");
  const phone = await scene.phone(NARROW);
  await phone.texts();
  await phone.root.screenshot({ path: join(folder, "phone-390.png") });
}

async function arabicChat(folder) {
  const visitor = new Visitor(await scene.page("/chat/wk_acme?locale=ar", NARROW), ARABIC);
  await visitor.opensTheChat();
  await visitor.says("هل المضخة هادئة؟");
  await visitor.goesOnBySms("+12025550166");
  await visitor.root.screenshot({ path: join(folder, "chat-390-arabic.png") });
}

/** Files on both sides: chosen, refused, recorded and shown; in light on wide screens, in dark and Arabic on narrow ones. */
async function files(folder) {
  const large = words({ name: "the whole film.txt", text: " ".repeat(16 * 1024 * 1024 + 1) });
  const plan = picture({ name: "plan.png", from: [20, 120, 80], to: [200, 240, 220] });
  for (const [name, options, path] of [
    ["1280", {}, "/shop"],
    ["1280-dark", { colorScheme: "dark" }, "/shop"],
    ["390-dark", { ...NARROW, colorScheme: "dark" }, "/chat/wk_acme"],
    ["390-arabic", NARROW, "/chat/wk_acme?locale=ar"],
  ]) {
    const page = await scene.page(path, options);
    const visitor = new Visitor(page, /ar$/.test(path) ? ARABIC : undefined);
    const lang = /ar$/.test(path) ? "&lang=ar" : "";
    const operator = new Operator(await scene.page(`/console?demo=1${lang}`, options));
    const shoot = async (what) => {
      await visitor.root.screenshot({ path: join(folder, `files-widget-${name}-${what}.png`) });
      await operator.root.screenshot({ path: join(folder, `files-console-${name}-${what}.png`) });
    };
    await visitor.opensTheChat();
    await visitor.says(`The pump in our garden (${name})`);
    await operator.rows.filter({ hasText: name }).first().click();
    await operator.log.waitFor();
    const both = [visitor, operator];
    for (const { root } of both) {
      await root.locator("input[type=file]").setInputFiles([picture(), plan, document(), large]);
      await root.locator(".f-bad").waitFor();
    }
    await shoot("1-chosen");
    for (const { root, log } of both) {
      await root.locator(".f-tray li:has(.f-bad) .f-remove").click();
      await root.locator(".send, .composer-send").click();
      await log.locator("a.f-document").first().waitFor();
      await root.locator(".f-record").click();
    }
    await until(
      () => visitor.root.getByRole("timer").innerText(),
      (text) => /[1١]$/.test(text),
      "a second is recorded",
    );
    await shoot("2-recording");
    for (const { root, log } of both) {
      await root.locator(".f-send").click();
      await log.locator(".f-sound").first().waitFor();
    }
    await operator.log.locator(".theirs .f-sound").waitFor();
    await shoot("3-shown");
    await page.close();
  }
}
