/** Who left word or a number: the operator finds them beside the chats, and reaches them again. */

import { NUMBER, story } from "./story.mjs";
import { becomes } from "./wait.mjs";

story("a number that is noted down is reached by a welcome, and its answer is a chat", async (scene) => {
  const operator = await scene.operator();
  const { root } = operator;
  await root.getByRole("navigation", { name: "Lists" }).getByRole("button", { name: "Leads" }).click();
  await root.locator("#new-lead").click();
  await root.getByLabel("Name", { exact: true }).fill("Maya");
  await root.getByLabel("Number, with country code").fill(NUMBER);
  await root.getByLabel("Their message").fill("Two pumps, please.");
  await operator.button("Save").click();
  await root.getByRole("heading", { name: "Maya" }).waitFor();
  await root.getByText("No consent is noted").waitFor();

  await operator.button("Reconnect by SMS").click();
  await operator.answersGoTo(`SMS · ${NUMBER}`);
  await operator.isTold("Reconnected on SMS");
  await scene.server.text(NUMBER, "Who is this?");
  await operator.sees("Who is this?");
  await root.locator(".panel", { hasText: "Two pumps, please." }).waitFor();

  await operator.log.focus();
  await root.keyboard.press("l");
  await root.locator("#leads [data-row]", { hasText: "Maya" }).waitFor();
  await becomes(() => root.locator("#leads-side").getAttribute("aria-current"), "page", "which list is shown");
  await root.keyboard.press("l");
  await root.locator("#inbox [data-row]").first().waitFor();
});

story("news of a lead shows at once, and takes away nothing that is typed", async (scene) => {
  const operator = await scene.operator();
  const { root } = operator;
  const { email, password } = scene.server.operator;
  const { token } = await scene.server.ask("POST", "/v1/session", { email, password });
  const asAda = { authorization: `Bearer ${token}` };
  const { id } = await scene.server.ask("POST", "/v1/leads", { name: "Lia", phone: NUMBER }, asAda);
  await root.getByRole("navigation", { name: "Lists" }).getByRole("button", { name: "Leads" }).click();
  await root.locator("#leads [data-row]", { hasText: "Lia" }).click();
  await root.getByText("Not by Telegram: only they can begin there").waitFor();
  const needs = root.getByLabel("What they look for");
  await needs.fill("Two pumps");

  await scene.server.ask("PATCH", `/v1/leads/${id}`, { company: "Lia & Sons" }, asAda);

  await becomes(() => root.getByLabel("Company").inputValue(), "Lia & Sons", "what a colleague wrote down");
  await becomes(() => needs.inputValue(), "Two pumps", "what is being typed");
  await operator.button("Save").click();
  await becomes(async () => (await scene.server.leads())[0].needs, "Two pumps", "what is kept");
});

story("a lead that was reached a moment ago tells for how long the next channel waits", async (scene) => {
  const operator = await scene.operator();
  const { root } = operator;
  await root.getByRole("navigation", { name: "Lists" }).getByRole("button", { name: "Leads" }).click();
  await root.locator("#new-lead").click();
  await root.getByLabel("Name", { exact: true }).fill("Maya");
  await root.getByLabel("Number, with country code").fill(NUMBER);
  await operator.button("Save").click();
  await operator.button("Reconnect by SMS").click();
  await operator.isTold("Reconnected on SMS");
  await root.getByText("The chat has just moved. It can be moved again in").waitFor();
  await root.goBack();

  await operator.button("Reconnect by WhatsApp").click();

  await root.getByText(/The chat has just moved. Try again in [1-9]\d? s\./).waitFor();
  await operator.button("Open the chat").click();
  await operator.isTold("Reconnected on SMS");
});

story(
  "who wrote by WhatsApp is reached again there, and their STOP is seen where their lead is open",
  async (scene) => {
    const operator = await scene.operator();
    const { root } = operator;
    await scene.server.whatsapp(NUMBER, "Hello");
    await operator.opens();
    await operator.says("Hi");
    await operator.answersGoTo(`WhatsApp · ${NUMBER}`);
    await operator.button("Resolve").click();
    await scene.server.pass("25h");
    await operator.note("reconnect").getByText("nothing is sent until you write").waitFor();

    await operator.button("Reconnect by WhatsApp").click();

    await root.getByRole("dialog", { name: "Send a template" }).waitFor();
    await root.keyboard.press("Escape");
    await operator.button("Open the lead").click();
    await root.getByRole("heading", { name: "Guest 0147" }).waitFor();
    await operator.button("Reconnect by SMS").waitFor();
    await operator.button("Reconnect by WhatsApp").waitFor();
    await scene.server.whatsapp(NUMBER, "STOP");
    await root.getByText("Not by WhatsApp: opted out").waitFor();
    await operator.button("Reconnect by WhatsApp").waitFor({ state: "detached" });
  },
);

story("a lead who is at the web chat is answered there", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await scene.server.text(NUMBER, "It is me");
  await operator.sees("Hello", "Hi", "It is me");
  await scene.server.pass("12s");
  await visitor.returnsToWeb();
  await operator.answersGoTo("Web chat");
  await scene.server.pass("12s");
  await operator.root.reload();
  await operator.button("Open the lead").click();

  await operator.button("Reconnect by SMS").click();

  await operator.root.getByText("The visitor is at the web chat already: answer them there.").waitFor();
  await operator.button("Open the chat").click();
  await operator.answersGoTo("Web chat");
});
