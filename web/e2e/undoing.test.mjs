/** Ten seconds to put a switch back, and a way back at any time. */

import assert from "node:assert/strict";
import { NUMBER, story } from "./story.mjs";
import { becomes } from "./wait.mjs";

story("revert puts the chat back where it was, and the composer with it", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await operator.answersGoTo(`SMS · ${NUMBER}`);

  await visitor.button("Revert").click();
  await visitor.onWeb();

  await visitor.says("Still here");
  await operator.answersGoTo("Web chat");
  await operator.says("Good");
  await visitor.sees("Hello", "Hi", "Still here", "Good");
  await operator.sees("Hello", "Hi", "Still here", "Good");
  await visitor.seesLines(`The chat moved to SMS, ${NUMBER}`, "Reverted: the chat goes on here");
  await operator.seesLines(
    "Chat opened · Web chat",
    "You claimed this chat",
    `Moved to SMS · ${NUMBER}, and put back to Web chat`,
  );
  // Only the welcome reached the phone.
  await scene.server.receives(NUMBER, 1);
});

story("the window counts down to its end by itself, and then the way back is an ordinary one", async (scene) => {
  const visitor = await scene.visitor();
  await visitor.says("Hello");
  await visitor.goesOnBySms(NUMBER);

  await visitor.button("Revert").waitFor({ state: "detached" });
  // Past what is granted to a slow line.
  await scene.server.pass("2s");
  await visitor.returnsToWeb();
  await visitor.says("Back");
  await visitor.sees("Hello", "Back");
});

story("the countdown is the server's, whatever the device's clock says", async (scene) => {
  const device = await scene.device();
  await device.addInitScript(() => {
    const { now } = Date;
    Date.now = () => now() + 3_600_000;
  });
  const visitor = await scene.visitor({ device });
  await visitor.says("Hello");
  await visitor.goesOnBySms(NUMBER);
  const seconds = await visitor.seconds();
  assert.ok(seconds >= 1 && seconds <= 10, `the countdown stands at ${seconds}`);
  await visitor.secondsFallTo(seconds - 1);
  await visitor.button("Revert").click();
  await visitor.onWeb();
});

story("cancel while the text is being sent leaves the chat where it is", async (scene) => {
  const visitor = await scene.visitor();
  const operator = await scene.operator();
  await visitor.says("Hello");
  await operator.opens();
  await scene.server.faults({ timeout: "before" });
  await visitor.asksForSms(NUMBER);
  await visitor.isTold(/Sending a text to/);
  await operator.note("greeting").waitFor();

  await visitor.button("Cancel").click();

  await visitor.onWeb();
  await operator.note("greeting").waitFor({ state: "detached" });
  await visitor.says("Rather here");
  await operator.sees("Hello", "Rather here");
  await operator.answersGoTo("Web chat");
  await visitor.seesLines("Cancelled: the chat goes on as before");
});

story("leaving the number area by Cancel or Escape asks for nothing and gives the composer back", async (scene) => {
  const visitor = await scene.visitor();
  await visitor.says("Hello");
  for (const leave of [() => visitor.button("Cancel").click(), () => visitor.number.press("Escape")]) {
    await visitor.asksForSms();
    await visitor.number.waitFor();
    await visitor.composer.waitFor({ state: "detached" });
    await leave();
    await visitor.composer.waitFor();
  }
  await visitor.onWeb();
  await visitor.seesLines();
});

story("a second number inside the window leaves the wrong phone at once", async (scene) => {
  const right = "+12025550188";
  const visitor = await scene.visitor();
  const operator = await scene.operator();
  await visitor.says("Hello");
  await operator.opens();
  await visitor.goesOnBySms(NUMBER);
  await visitor.button("Revert").click();
  await visitor.onWeb();
  await visitor.goesOnBySms(right);
  await operator.says("This is for you alone");
  assert.equal((await scene.server.receives(right, 2))[1], "This is for you alone");
  await becomes(async () => (await scene.server.received(NUMBER)).length, 1, "what the wrong phone got");
});

story("on a shared computer the browser forgets the chat, which goes on on the phone", async (scene) => {
  const visitor = await scene.visitor();
  const operator = await scene.operator();
  await visitor.says("Hello");
  await operator.opens();
  await visitor.goesOnBySms(NUMBER);
  await scene.server.text(NUMBER, "On the phone");
  await operator.sees("Hello", "On the phone");
  await scene.server.pass("12s");
  await scene.server.text(NUMBER, "And on it I stay");

  await visitor.button("Close here").click();

  await visitor.isTold("This browser has forgotten the chat.");
  await visitor.sees();
  await visitor.root.reload();
  await visitor.opensTheChat();
  await visitor.sees();
  await operator.says("Noted");
  assert.equal((await scene.server.receives(NUMBER, 2))[1], "Noted");
});
