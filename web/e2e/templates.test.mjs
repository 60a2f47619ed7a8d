/** Channels that take free words only for a while: what the operator is told, and what can be sent when the time is over. */

import assert from "node:assert/strict";
import { NUMBER, story } from "./story.mjs";
import { becomes, until } from "./wait.mjs";

const AGAIN = "Hello Maya, this is Acme Pumps. We have news about your pump: reply here and we go on.";

story(
  "while they have written lately the composer counts down; then a template goes, and their answer opens it again",
  async (scene) => {
    const operator = await heard(scene);
    await operator.root.getByText(/Free replies for 23 h 59 min/).waitFor();
    await operator.root.getByText(/billed as service/).waitFor();
    await operator.says("We look after it");
    await gets(scene, "We look after it");

    await scene.server.pass("1400m");
    await operator.root.reload();
    await operator.root.locator(".free-urgent", { hasText: /^Free replies for \d+ min/ }).waitFor();
    await scene.server.pass("2h");
    await operator.root.reload();
    await operator.root.getByText("Only a template can be sent now.").waitFor();
    await operator.composer.waitFor({ state: "detached" });

    await operator.log.focus();
    await operator.root.keyboard.press("p");
    await fillsIn(operator, { name: "Maya", subject: "your pump" });

    await gets(scene, "We look after it", AGAIN);
    await operator.sees("Is my pump ready?", "We look after it", AGAIN);
    await scene.server.whatsapp(NUMBER, "Tell me more");
    await operator.composer.waitFor();
    await operator.says("It is ready");
    await gets(scene, "We look after it", AGAIN, "It is ready");
  },
);

story("words that come too late are kept, and one key offers the templates in their place", async (scene) => {
  const device = await scene.device();
  // Nothing that is written gets through yet.
  await device.routeWebSocket(/./, (socket) => socket.close());
  await device.route("**/messages", (route) => route.abort());
  const operator = await heard(scene, { device });
  await operator.says("Are you still there?");
  await operator.root.locator(".unsent").waitFor();
  await scene.server.pass("25h");
  await device.unroute("**/messages");
  await operator.root.getByText(/only a template can be sent now/).waitFor();
  await operator.log.focus();
  await operator.root.keyboard.press("s");
  const picker = operator.root.getByRole("dialog", { name: "Send a template" });
  await picker.waitFor();
  await operator.root.keyboard.press("Escape");
  await picker.waitFor({ state: "detached" });

  await operator.button("Back to the composer").click();
  await operator.root.getByText("Your draft is kept until then.").waitFor();
  await scene.server.whatsapp(NUMBER, "Back again");
  await operator.composer.waitFor();
  assert.equal(await operator.composer.inputValue(), "Are you still there?");
});

story(
  "what WhatsApp refused because the time was over needs a template, and is said again once they have answered",
  async (scene) => {
    const operator = await heard(scene);
    await scene.server.faults({ refuse: 131047 });
    await operator.says("Are you there?");
    await operator.log.getByText("Not delivered: needs a template").waitFor();
    await scene.server.faults();
    await operator.log.focus();
    await operator.root.keyboard.press("s");
    await fillsIn(operator, { name: "Maya", subject: "your pump" });
    await gets(scene, AGAIN);

    await scene.server.whatsapp(NUMBER, "Yes");
    await operator.button(/Send again to WhatsApp/).waitFor();
    await operator.log.focus();
    await operator.root.keyboard.press("s");
    await gets(scene, AGAIN, "Are you there?");
  },
);

story("templates are found by the keyboard alone, and what is missing keeps one from being sent", async (scene) => {
  const operator = await heard(scene);
  await operator.button("Choose a template").click();
  const { keyboard } = operator.root;
  const items = operator.root.locator(".template");
  await items.nth(1).waitFor();
  await keyboard.type("news about");
  await becomes(
    () => items.locator(".template-name").allInnerTexts(),
    ["pick_up_again"],
    "the templates that are found",
  );
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  const send = operator.button("Send by WhatsApp");
  await send.waitFor();
  assert.equal(await operator.root.getByLabel("company").inputValue(), "Acme Pumps");
  assert.equal(await send.isEnabled(), false);
  await keyboard.type("your order");
  await becomes(() => send.isEnabled(), true, "the template can be sent");
  await operator.root.locator(".template-preview", { hasText: "We have news about your order: reply here" }).waitFor();
});

story("to a WhatsApp number that has not answered free words wait, visibly, and go with the answer", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await movesToWhatsapp(operator);
  await visitor.isTold("The chat goes on by WhatsApp");

  await operator.says("Here is Ada");
  await operator.log.getByText("Waits for their answer").waitFor();
  await operator
    .note("unproven")
    .getByText(/waits until .* writes back/)
    .waitFor();
  await scene.server.whatsapp(NUMBER, "It is me");
  await operator.log.getByText("Waits for their answer").waitFor({ state: "detached" });
  await operator.note("unproven").waitFor({ state: "detached" });
  await until(
    () => scene.server.receivedOnWhatsapp(NUMBER),
    (got) => got.at(-1) === "Here is Ada",
    "what waited has come to the phone",
  );
});

story("what still waited when the visitor put the move back is said again on one key", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await movesToWhatsapp(operator);
  await operator.says("Here is Ada");
  await operator.log.getByText("Waits for their answer").waitFor();

  await visitor.button("Revert").click();

  await operator.answersGoTo("Web chat");
  await operator.log.getByText("Not sent: the chat moved first").waitFor();
  await operator.log.focus();
  await operator.root.keyboard.press("s");
  await operator.sees("Hello", "Hi", "Here is Ada", "Here is Ada");
  await operator.log.locator(".message-again").waitFor({ state: "detached" });
});

/** Somebody has written by WhatsApp, and Ada has their chat. */
async function heard(scene, options) {
  await scene.server.whatsapp(NUMBER, "Is my pump ready?");
  const operator = await scene.operator(options);
  await operator.opens();
  await operator.root.locator("#claim").click();
  await operator.composer.waitFor();
  return operator;
}

/** Ada moves the chat to a number that she types. */
async function movesToWhatsapp(operator) {
  await operator.picks("Another number or channel…");
  const dialog = operator.root.getByRole("dialog", { name: "Move this chat" });
  await dialog.getByText("WhatsApp").click();
  await dialog.getByLabel("Number, with country code").fill(NUMBER);
  await dialog.getByRole("button", { name: "Move to WhatsApp" }).click();
  await operator.answersGoTo(`WhatsApp · ${NUMBER}`);
}

async function fillsIn(operator, values) {
  await operator.root.locator(".template", { hasText: "pick_up_again" }).click();
  for (const [name, value] of Object.entries(values)) await operator.root.getByLabel(name, { exact: true }).fill(value);
  await operator.button("Send by WhatsApp").click();
  await operator.root.getByRole("dialog").waitFor({ state: "detached" });
}

function gets(scene, ...texts) {
  return becomes(() => scene.server.receivedOnWhatsapp(NUMBER), texts, "what the phone has got by WhatsApp");
}
