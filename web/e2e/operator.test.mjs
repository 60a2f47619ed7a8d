/** What the operator does that the visitor sees in their window. */

import { NUMBER, story } from "./story.mjs";
import { becomes } from "./wait.mjs";

story("the operator asks for a number: the window opens its field, and giving it is the switch", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await operator.picks("Ask for a number and move to SMS");
  await operator.note("asked").waitFor();
  await visitor.isTold(/Ada would like to go on with you by SMS/);
  await visitor.composer.waitFor({ state: "detached" });

  await visitor.gives(NUMBER);

  await visitor.button("Revert").waitFor();
  await operator.answersGoTo(`SMS · ${NUMBER}`);
  await operator.note("asked").waitFor({ state: "detached" });
  await operator.note("unproven").waitFor();
  await scene.server.text(NUMBER, "It is me");
  await operator.note("unproven").waitFor({ state: "detached" });
  await operator.sees("Hello", "Hi", "It is me");
});

story("the visitor may decline, and both go on where they are", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await operator.picks("Ask for a number and move to SMS");
  await visitor.button("Decline").click();
  await visitor.seesLines("Ada asks to go on by SMS", "You declined");
  await operator.note("asked").waitFor({ state: "detached" });
  await operator.isTold("declined");
  await visitor.says("I stay here");
  await operator.sees("Hello", "Hi", "I stay here");
});

story("the operator moves the chat to a number that is known, and the visitor can put it back", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await scene.server.text(NUMBER, "It is me");
  await operator.sees("Hello", "Hi", "It is me");
  await scene.server.pass("12s");
  await scene.server.text(NUMBER, "Back to the desk");
  await visitor.returnsToWeb();
  await operator.answersGoTo("Web chat");
  await scene.server.pass("12s");
  await visitor.says("Here again");
  await operator.sees("Hello", "Hi", "It is me", "Back to the desk", "Here again");

  await operator.picks(/SMS · /);

  await visitor.isTold("The chat goes on by SMS");
  await visitor.button("Revert").click();
  await visitor.onWeb();
  await operator.answersGoTo("Web chat");
});

story("the operator resolves, the visitor writes again, and the chat is open again", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await operator.button("Resolve").click();
  await visitor.isTold("This chat has ended");
  await visitor.says("One more thing");
  await visitor.seesLines("The chat was ended", "The chat goes on");
  await operator.sees("Hello", "Hi", "One more thing");
  await visitor.button("End chat").click();
  await visitor.isTold("You ended the chat");
  await operator.button("Reopen").first().waitFor();
});

story("a second operator reads along and is told who has the chat", async (scene) => {
  const { visitor, operator } = await scene.chat();
  const ben = await scene.page("/console");
  await ben.getByLabel("E-mail").fill("ben@acme.example");
  await ben.getByLabel("Password").fill(scene.server.operator.password);
  await ben.getByRole("button", { name: "Sign in" }).click();
  await ben.locator("[data-row]").first().click();
  await ben.getByText(/Ada\S? has this chat\. You can read along\./).waitFor();
  await visitor.says("Who is there?");
  await ben.locator(".message-text", { hasText: "Who is there?" }).waitFor();
  await operator.sees("Hello", "Hi", "Who is there?");
});

story("what the operator writes to a phone shows its price, and its dear letters can be made plain", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await operator.answersGoTo(`SMS · ${NUMBER}`);
  await operator.composer.fill("It costs “nothing”. ".repeat(5));
  await operator.root.getByText("2 SMS", { exact: true }).waitFor();
  await operator.button("Use plain characters").click();
  await operator.root.getByText("1 SMS", { exact: true }).waitFor();
});

story("a move to a number that another chat holds is refused with the way to that chat", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await scene.server.text(NUMBER, "It is me");
  await operator.sees("Hello", "Hi", "It is me");
  const other = await scene.visitor();
  await other.says("Somebody else");
  await operator.root.locator("[data-row]", { hasText: "Somebody else" }).click();
  await operator.sees("Somebody else");
  await operator.picks("Another number or channel");
  await operator.root.getByLabel("Number, with country code").fill(NUMBER);
  await operator.button("Move to SMS", { exact: true }).click();
  await operator.isTold("another conversation holds this number");
  // What is known of the chat stays known when the line tells of it again.
  await other.says("Are you there?");
  await operator.sees("Somebody else", "Are you there?");

  await operator.button("Open that chat").click();

  await operator.sees("Hello", "Hi", "It is me");
});

story("each mistake with a number is told as what it is", async (scene) => {
  const { operator } = await scene.chat();
  await operator.picks("Another number or channel");
  const field = operator.root.getByLabel("Number, with country code");
  for (const [number, why] of [
    ["hello", "This is not a telephone number"],
    ["202 555 0147", "The country code is missing"],
    ["+1 202 555", "This number is too short"],
    ["+44 7400 123456", "Messages cannot be sent to numbers of this country"],
    ["+1 900 234 5678", "Messages cannot be sent to this kind of number"],
  ]) {
    await field.fill(number);
    await operator.button("Move to SMS", { exact: true }).click();
    await operator.root.getByRole("alert").filter({ hasText: why }).waitFor();
  }
});

story("while a dialog is open no key acts behind it, and Escape closes it", async (scene) => {
  const { operator } = await scene.chat();
  const { root } = operator;
  await operator.button("Settings").click();
  await root.getByText("Alarms and stopping messages").click();
  const dialog = root.getByRole("dialog");
  await dialog.getByRole("button", { name: "Stop messages" }).click();
  await dialog.getByRole("button", { name: "Let messages go again" }).waitFor();
  await becomes(() => dialog.evaluate((box) => box.contains(document.activeElement)), true, "the dialog has the focus");

  await root.keyboard.press("r");
  await root.keyboard.press("Escape");

  await dialog.waitFor({ state: "detached" });
  await root.locator(".head-state", { hasText: "Yours" }).waitFor();
});
