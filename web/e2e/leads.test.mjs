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
