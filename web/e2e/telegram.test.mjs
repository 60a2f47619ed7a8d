/** Telegram: the phone scans the code, Start goes to the bot, and the chat goes on there. */

import assert from "node:assert/strict";
import { Operator } from "./people/operator.mjs";
import { Phone } from "./people/phone.mjs";
import { Visitor } from "./people/visitor.mjs";
import { NUMBER, story } from "./story.mjs";
import { becomes } from "./wait.mjs";

story(
  "the phone beside the shop scans its code, presses Start, and the chat goes on by Telegram and back",
  async (scene) => {
    const page = await scene.page("/demo");
    const frame = (id) => page.frameLocator(`#${id} iframe`);
    const [visitor, operator, phone] = [
      new Visitor(frame("shop")),
      new Operator(frame("console")),
      new Phone(frame("phone")),
    ];
    await visitor.opensTheChat();
    await visitor.says("Hello");
    await operator.opens();
    await operator.says("Hi");
    await visitor.sees("Hello", "Hi");

    const code = await visitor.asksForTelegram();
    await phone.scans();
    await phone.root.getByRole("button", { name: "Start" }).click();
    await visitor.isTold("The chat goes on by Telegram");
    await phone.shows(`/start ${code}`);
    await operator.says("Here you are");
    await phone.shows(`/start ${code}`, "Here you are");
    await phone.chats("Thanks");
    await visitor.sees("Hello", "Hi", `/start ${code}`, "Here you are", "Thanks");
    const shown = await visitor.lines();
    assert.ok(!shown.some((line) => /\d{6}/.test(line)), `an id is no address to be read: ${shown}`);

    await scene.server.pass("12s");
    await visitor.returnsToWeb();
    await operator.says("Back here");
    await visitor.log.getByText("Back here").waitFor();
    await phone.shows(`/start ${code}`, "Here you are", "Thanks");
  },
);

story("what opens a program of the visitor's own opens it on the phone of the demonstration", async (scene) => {
  const page = await scene.page("/demo", { viewport: { width: 1600, height: 900 } });
  const frame = (id) => page.frameLocator(`#${id} iframe`);
  const [visitor, phone] = [new Visitor(frame("shop")), new Phone(frame("phone"))];
  await phone.root.getByRole("button", { name: /Acme Pumps Telegram/ }).waitFor();
  await visitor.opensTheChat();
  await visitor.says("Hello");
  const code = await visitor.asksForTelegram();
  await visitor.root.getByRole("link", { name: /Open Telegram/ }).click();
  await phone.root.getByRole("button", { name: "Start" }).click();
  await phone.shows(`/start ${code}`);
  await visitor.isTold("The chat goes on by Telegram");
  assert.equal(page.context().pages().length, 1);
});

story("in a window of 1280 pixels the shop shows a code, and the phone beside it scans it", async (scene) => {
  const page = await scene.page("/demo", { viewport: { width: 1280, height: 800 } });
  const frame = (id) => page.frameLocator(`#${id} iframe`);
  const [visitor, phone] = [new Visitor(frame("shop")), new Phone(frame("phone"))];
  await visitor.opensTheChat();
  await visitor.says("Hello");
  const code = await visitor.asksForACode();
  await visitor.root.getByRole("img", { name: "QR code that opens WhatsApp on your phone" }).waitFor();
  await phone.scans();
  await becomes(() => phone.chatField.inputValue(), code, "what stands ready");
});

story("a link to a page opens in the phone's browser", async (scene) => {
  const phone = await scene.phone();
  await phone.root.getByRole("button", { name: /Acme Pumps SMS/ }).waitFor();
  const opened = phone.root.context().waitForEvent("page");
  const link = new URL("/chat/wk_acme#back=x", phone.root.url()).href;
  await phone.opensLink(link);
  assert.equal((await opened).url(), link);
  await phone.root.getByRole("textbox", { name: "Link" }).waitFor({ state: "detached" });
});

story("a link fills in what the phone is to send, and one that leads nowhere says so", async (scene) => {
  const phone = await scene.phone();
  await phone.root.getByRole("button", { name: /Acme Pumps SMS/ }).waitFor();
  await phone.opensLink("https://t.me/nobody_bot?start=x");
  await phone.root.getByRole("alert").getByText("The network has nobody at this address.").waitFor();
  await phone.root.getByRole("textbox", { name: "Link" }).fill("acme");
  await phone.root.getByRole("button", { name: "Open", exact: true }).click();
  await phone.root.getByRole("alert").getByText("This is no link that a phone can open.").waitFor();
  await phone.root.getByRole("textbox", { name: "Link" }).fill("https://wa.me/15005550007?text=Chat-1%202");
  await phone.root.getByRole("button", { name: "Open", exact: true }).click();
  await becomes(() => phone.chatField.inputValue(), "Chat-1 2", "what stands ready");
  await phone.opensLink("sms:+15005550006?body=Chat-3");
  await becomes(() => phone.field.inputValue(), "Chat-3", "what stands ready");
  await phone.opensLink("https://t.me/Acme_Pumps_Bot?start=Chat-4");
  await phone.root.getByRole("button", { name: "Start" }).click();
  await phone.shows("/start Chat-4");
  const { items } = await scene.server.ask("GET", `/v1/simulator/phones/${encodeURIComponent(NUMBER)}/messages`);
  assert.deepEqual(
    items.map(({ channel, to, text }) => [channel, to, text]),
    [["telegram", "acme_pumps_bot", "/start Chat-4"]],
  );
});
