/** Who uses a keyboard or a screen reader: every state of every page is clean, in light and in dark. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { Operator } from "./people/operator.mjs";
import { document, picture, words } from "./pictures.mjs";
import { NUMBER, story } from "./story.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

story("the chat window is clean in each state of the switch", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await clean(visitor.root, "a chat on the web");
  await visitor.asksForSms();
  await visitor.gives("12");
  await visitor.isTold("This number is too short.");
  await clean(visitor.root, "the number area, with an error");
  await scene.server.faults({ timeout: "before" });
  await visitor.gives(NUMBER);
  await visitor.isTold(/Sending a text to/);
  await clean(visitor.root, "sending");
  await visitor.button("Cancel").click();
  await scene.server.faults({ refuse: 21211 });
  await visitor.asksForSms(NUMBER);
  await visitor.button("Try another number").waitFor();
  await clean(visitor.root, "a failure");
  await scene.server.faults();
  await visitor.button("Try another number").click();
  await visitor.gives(NUMBER);
  await visitor.button("Revert").waitFor();
  await clean(visitor.root, "the confirmation");
  await scene.server.pass("12s");
  await scene.server.text(NUMBER, "From the phone");
  await visitor.button("Return to web chat").waitFor();
  await clean(visitor.root, "on a phone");
  await operator.button("Resolve").click();
  await visitor.isTold("This chat has ended");
  await clean(visitor.root, "ended");
});

story("writing first, the lead form and the page of a link back are clean", async (scene) => {
  const visitor = await scene.visitor();
  const { root, words } = visitor;
  await visitor.button("Leave my details").click();
  await root.locator(".lead [type=submit]").click();
  await visitor.isTold("Please give an e-mail address or a phone number.");
  await clean(root, "the lead form, with an error");
  await root.locator("#lead-email").fill("maya@example.com");
  await root.locator("#lead-consent").check();
  await root.locator(".lead [type=submit]").click();
  await visitor.isTold(/Thank you/);
  await clean(root, "the thanks");
  await visitor.says("Hello");
  await visitor.button(words.whatsapp).click();
  await visitor.number.waitFor();
  await clean(root, "both ways");
  await visitor.button(words.scan).click();
  await visitor.code.waitFor();
  await clean(root, "the code");
  const back = await scene.page("/chat/wk_acme#return=r.acme.used");
  const goOn = back.getByRole("button", { name: "Go on with this chat here" });
  await goOn.waitFor();
  await clean(back, "the page of a link back");
  await goOn.click();
  await back.getByText(/This link has been used/).waitFor();
  await clean(back, "a link that is gone");
});

story("the shop, the chat page, the phone and the demonstration are clean", async (scene) => {
  const shop = await scene.page("/shop");
  await shop.getByRole("button", { name: "Chat with us" }).waitFor();
  await clean(shop, "the shop, the chat closed");

  const visitor = await scene.visitor({ path: "/chat/wk_acme" });
  await clean(visitor.root, "the chat page, empty");
  await visitor.says("Hello");
  await visitor.goesOnBySms(NUMBER);
  await clean(visitor.root, "the chat page, with the confirmation");

  const phone = await scene.phone();
  await phone.says("Here");
  await phone.root.getByText("Delivered", { exact: true }).waitFor();
  await clean(phone.root, "the phone");
  await phone.opensLink("https://t.me/acme_pumps_bot?start=Chat-1");
  await phone.root.getByRole("button", { name: "Start" }).waitFor();
  await clean(phone.root, "a bot that is not started");
  await phone.root.getByRole("button", { name: "Start" }).click();
  await phone.shows("/start Chat-1");
  await clean(phone.root, "a chat with a bot");

  const demo = await scene.page("/demo");
  await demo.frameLocator("#console iframe").locator("[data-row]").first().waitFor();
  await clean(demo, "the demonstration");
});

story("the console is clean at the door, with a list, in a chat on a phone, and in its menus", async (scene) => {
  const door = await scene.page("/console");
  await door.getByLabel("E-mail").waitFor();
  await clean(door, "the door");

  const { visitor, operator } = await scene.chat();
  await clean(operator.root, "a chat on the web");
  await operator.root.locator("#route").click();
  await clean(operator.root, "the menu of ways");
  await operator.root.keyboard.press("Escape");
  await visitor.goesOnBySms(NUMBER);
  await operator.answersGoTo(`SMS · ${NUMBER}`);
  await operator.composer.fill("It costs “nothing”. ".repeat(5));
  await clean(operator.root, "a chat on an unproven phone");
  await operator.log.press("?");
  await operator.root.getByRole("dialog").waitFor();
  await clean(operator.root, "the keys");
});

story(
  "the console is clean where a template is needed, where a number is typed, and in the lead centre",
  async (scene) => {
    await scene.server.whatsapp(NUMBER, "Hello");
    const operator = await scene.operator();
    const { root } = operator;
    await operator.opens();
    await root.locator("#claim").click();
    await root.getByText(/Free replies for/).waitFor();
    await clean(root, "a chat on WhatsApp");
    await operator.picks("Another number or channel…");
    await clean(root, "the dialog for a number");
    await root.keyboard.press("Escape");
    await scene.server.pass("25h");
    await root.reload();
    await root.getByText("Only a template can be sent now.").waitFor();
    await clean(root, "only a template");
    await root.locator("#template").click();
    await root.locator(".template").first().waitFor();
    await clean(root, "the templates");
    await root.locator(".template", { hasText: "pick_up_again" }).click();
    await clean(root, "a template that is filled in");
    await root.keyboard.press("Escape");
    await root.locator("#leads-side").click();
    await root.locator("#leads [data-row]").first().click();
    await root.getByRole("form").waitFor();
    await clean(root, "a lead");
  },
);

story("files are clean where they are chosen, refused, recorded and shown", async (scene) => {
  const { visitor, operator } = await scene.chat();
  const empty = words({ name: "empty.txt", text: "" });
  for (const { root, button, log } of [visitor, operator].map(withButton)) {
    await root.locator("input[type=file]").setInputFiles([picture(), document(), empty]);
    await root.getByText("This file is empty.").waitFor();
    await clean(root, "files that are chosen, and one that is refused");
    await button("Remove empty.txt").click();
    await button("Send").click();
    await log.locator("a.f-document").first().waitFor();
    await button(/^Record a voice note/).click();
    await root.getByRole("timer").waitFor();
    await clean(root, "a recording");
    await root.getByRole("timer").getByText("0:01").waitFor();
    await button("Stop and listen first").click();
    await root.locator(".f-tray .f-play").waitFor();
    await clean(root, "a recording that is heard first");
    await button("Send").click();
    await log.locator(".f-sound").first().waitFor();
  }
  await visitor.log.locator(".theirs .f-sound").waitFor();
  for (const { root } of [visitor, operator]) await clean(root, "files in the log");
});

story("the visitor goes to SMS and back by keyboard alone", async (scene) => {
  const page = await scene.page("/shop");
  const { keyboard } = page;
  await page.getByRole("button", { name: "Chat with us" }).focus();
  await keyboard.press("Enter");
  await focused(page, "Write a message…");
  await keyboard.type("Hello");
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "Continue by SMS" }).waitFor();
  for (let i = 0; i < 3; i++) await keyboard.press("Shift+Tab");
  await focused(page, "Continue by SMS");
  await keyboard.press("Enter");
  await focused(page, "Mobile number");
  await keyboard.type("2025550147");
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "Revert" }).waitFor();
  await focused(page, "Write a message…");
  await keyboard.press("Shift+Tab");
  await focused(page, "Revert");
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "Continue by SMS" }).waitFor();
  await focused(page, "Write a message…");
  await keyboard.press("Escape");
  await focused(page, "Chat with us");
});

story("the visitor leaves word and writes first by keyboard alone", async (scene) => {
  const page = await scene.page("/shop");
  const { keyboard } = page;
  await page.getByRole("button", { name: "Chat with us" }).focus();
  await keyboard.press("Enter");
  await focused(page, "Write a message…");
  await page.getByRole("button", { name: "Leave my details" }).waitFor();
  await keyboard.press("Shift+Tab");
  await focused(page, "Leave my details");
  await keyboard.press("Enter");
  await page.locator("#lead-name:focus").waitFor();
  await keyboard.press("Tab");
  await keyboard.type("maya@example.com");
  for (let i = 0; i < 4; i++) await keyboard.press("Tab");
  await page.locator("#lead-consent:focus").waitFor();
  await keyboard.press("Space");
  await keyboard.press("Enter");
  await focused(page, "Thank you.");
  for (let i = 0; i < 2; i++) await keyboard.press("Tab");
  await focused(page, "Write a message…");
  await keyboard.type("Hello");
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "Continue by WhatsApp" }).waitFor();
  for (let i = 0; i < 2; i++) await keyboard.press("Shift+Tab");
  await focused(page, "Continue by WhatsApp");
  await keyboard.press("Enter");
  await focused(page, "Mobile number");
  for (let i = 0; i < 3; i++) await keyboard.press("Tab");
  await focused(page, "Scan a code with your phone");
  await keyboard.press("Enter");
  await page.locator(".copy code").waitFor();
  await keyboard.press("Escape");
  await page.locator(".copy code").waitFor({ state: "detached" });
  await focused(page, "Write a message…");
});

story("the operator signs in, claims, answers and resolves by keyboard alone", async (scene) => {
  const visitor = await scene.visitor();
  await visitor.says("Hello");
  const page = await scene.page("/console");
  const { keyboard } = page;
  await page.locator("input[type=email]:focus").waitFor();
  await keyboard.type("ada@acme.example");
  await keyboard.press("Tab");
  await keyboard.type(scene.server.operator.password);
  await keyboard.press("Enter");
  const operator = new Operator(page);
  await operator.rows.first().waitFor();

  await keyboard.press("j");
  await keyboard.press("Enter");
  await page.locator("#log:focus").waitFor();
  await keyboard.press("c");
  await operator.seesLines("Chat opened · Web chat", "You claimed this chat");
  await keyboard.press("w");
  await keyboard.type("Hi");
  await keyboard.press("Enter");
  await visitor.sees("Hello", "Hi");
  await keyboard.press("Escape");
  await keyboard.press("r");
  await visitor.isTold("This chat has ended");
  await operator.button("Reopen").first().waitFor();
  await keyboard.press("r");
  await operator.button("Resolve").waitFor();
});

function withButton(person) {
  const button = (name) => person.button(name, { exact: typeof name === "string" });
  return { root: person.root, log: person.log, button };
}

/** No rule of axe is broken, in light or in dark. */
async function clean(page, where) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(AXE);
    const broken = await page.evaluate(async () => {
      const { violations } = await globalThis.axe.run(
        { exclude: ["iframe"] },
        { iframes: false, resultTypes: ["violations"] },
      );
      return violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} (${help}): ${target.flat().join(" ")}: ${failureSummary}`),
      );
    });
    assert.deepEqual(broken, [], `${where}, ${colorScheme}`);
  }
}

/** Waits until what has the focus goes by this name. */
async function focused(page, name) {
  await page.waitForFunction((name) => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return [element?.getAttribute("aria-label"), element?.textContent].some((text) => text?.startsWith(name));
  }, name);
}
