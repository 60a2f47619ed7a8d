/** Each way in which a switch can fail, in plain words, with the chat going on where it was. */

import assert from "node:assert/strict";
import { NUMBER, story } from "./story.mjs";
import { until } from "./wait.mjs";

const NOT_POSSIBLE = "We could not send a text to this number. The chat goes on here.";
const TIMED_OUT = /It could not be confirmed that the text arrived. The chat goes on here./;

/** The carrier's answer, the visitor's words for it, and the operator's. */
const REFUSALS = [
  ["there is no such number", { refuse: 21211 }, /there is no such number/],
  ["the number opted out", { refuse: 21610 }, /the number opted out/],
  ["the number is no mobile", { refuse: 21614 }, /there is no such number, or it cannot receive messages/],
];

for (const [what, faults, why] of REFUSALS) {
  story(`where ${what}, the visitor reads that it was not possible, and the operator why`, async (scene) => {
    const { visitor, operator } = await scene.chat();
    await scene.server.faults(faults);
    await visitor.asksForSms(NUMBER);
    await visitor.isTold(NOT_POSSIBLE);
    await visitor.seesLines(`The text to ${NUMBER} could not be sent`);
    await operator.isTold(why);
    await goesOnHere({ visitor, operator });

    await scene.server.faults();
    await visitor.button("Try another number").click();
    await visitor.gives("+12025550188");
    await visitor.button("Revert").waitFor();
  });
}

story(
  "where nobody confirms the text, the visitor reads so, and that an answer to it still reaches us",
  async (scene) => {
    const { visitor, operator } = await scene.chat();
    await scene.server.faults({ timeout: "after", drop_callbacks: true });
    await visitor.asksForSms(NUMBER);
    await visitor.isTold(/Sending a text to/);
    await scene.server.pass("9s");
    await visitor.says("Still writing here");
    await visitor.isTold(/This is taking longer than usual/);
    await scene.server.pass("25s");
    await visitor.says("And here");
    await visitor.isTold(TIMED_OUT);
    await operator.isTold("nobody confirmed the welcome message in time");
    await operator.answersGoTo("Web chat");

    await scene.server.text(NUMBER, "A text came after all");
    await operator.sees("Hello", "Hi", "Still writing here", "And here", "A text came after all");
  },
);

story(
  "where the carrier fails and its list does not have the text, nobody takes that for proof before the deadline",
  async (scene) => {
    const { visitor, operator } = await scene.chat();
    await scene.server.faults({ status: 500 });
    await visitor.asksForSms(NUMBER);
    await visitor.isTold(/Sending a text to/);
    await operator.log.getByText("Checking whether it went out").waitFor({ state: "attached" });
    await scene.server.pass("35s");
    await visitor.isTold(TIMED_OUT);
    await goesOnHere({ visitor, operator });
  },
);

story("where a number has had its welcome messages for the day, it reads like any other refusal", async (scene) => {
  const { visitor, operator } = await scene.chat();
  const sms = visitor.button("Continue by SMS");
  for (let n = 1; n <= 4; n++) {
    await visitor.goesOnBySms(NUMBER);
    await scene.server.receives(NUMBER, n);
    await visitor.button("Revert").click();
    await sms.waitFor();
  }
  await visitor.asksForSms(NUMBER);
  await visitor.isTold(NOT_POSSIBLE);
  await operator.isTold("this number has had too many welcome messages today");
  assert.equal((await scene.server.received(NUMBER)).length, 4);
});

story("what cannot be a number is said beside the field, before anything is sent", async (scene) => {
  const { visitor } = await scene.chat();
  await visitor.asksForSms();
  const error = visitor.root.locator("#asking-error");
  for (const [typed, words] of [
    ["", "Please enter your mobile number."],
    ["call me", "Please use digits only."],
    ["202 555", "This number is too short."],
    ["+1 202 555 0147 0147", "This number is too long."],
    ["+44 7400 123456", "We cannot send texts to this country."],
  ]) {
    await visitor.gives(typed);
    await until(
      () => error.innerText(),
      (text) => text === words,
      words,
    );
  }
  await visitor.gives("٢٠٢٥٥٥٠١٤٧");
  await visitor.button("Revert").waitFor();
  await scene.server.receives(NUMBER, 1);
});

story("a premium number is refused in words beside the field", async (scene) => {
  const { visitor } = await scene.chat();
  await visitor.asksForSms("900 234 5678");
  await until(
    () => visitor.root.locator("#asking-error").innerText(),
    (text) => text.trim().length > 10,
    "a refusal beside the field",
  );
  await visitor.button("Cancel").click();
  await visitor.onWeb();
});

story("where the text could not be delivered after all, the chat comes home and says so", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await scene.server.faults({ undeliverable: { code: 30003, after: "12s" } });
  await visitor.goesOnBySms(NUMBER);
  await scene.server.pass("13s");
  await visitor.isTold(/can no longer be reached: the chat goes on here/);
  await operator.isTold(/the welcome message could not be delivered/);
  await goesOnHere({ visitor, operator });
});

story("STOP on the phone brings the chat home, and the number is not written to again", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await scene.server.text(NUMBER, "STOP");
  await visitor.isTold(/asked for no more texts: the chat goes on here/);
  await operator.isTold(/the visitor sent STOP/);
  await operator.answersGoTo("Web chat");
  assert.equal(await visitor.root.locator(".bad-card").count(), 0, "nothing that they asked for has failed");

  await scene.server.pass("12s");
  await visitor.asksForSms(NUMBER);
  await visitor.isTold(NOT_POSSIBLE);
  const texts = await scene.server.received(NUMBER);
  assert.equal(texts.filter((text) => text.startsWith("Acme Pumps: somebody asked")).length, 1);
});

story("an operator's word that a number is not written to again is told as theirs", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await scene.server.pass("12s");
  await operator.button(/^Stop SMS to/).click();
  await operator.button("Never write there").click();
  await operator.isTold(/you asked that nothing be sent there/);
  await visitor.isTold(/We send no more texts to .*: the chat goes on here/);
  await goesOnHere({ visitor, operator });
});

story("while messages are stopped, no number is blamed, and writing first still goes on", async (scene) => {
  const { visitor, operator } = await scene.chat();
  const { email, password } = scene.server.operator;
  const { token } = await scene.server.ask("POST", "/v1/session", { email, password });
  const ours = { authorization: `Bearer ${token}` };
  await scene.server.ask("PUT", "/v1/organization/messaging", { enabled: false }, ours);
  await visitor.asksForSms(NUMBER);
  await visitor.isTold("We cannot send a text just now. The chat goes on here. Please try again later.");
  await operator.isTold(/messages are stopped by hand/);
  assert.equal(await visitor.button("Try another number").count(), 0);

  await visitor.button("Write to us instead").click();
  await scene.server.text(NUMBER, await visitor.code.innerText());
  await operator.answersGoTo(`SMS · ${NUMBER}`);
});

story("with no line to the server the number area says so and keeps the number", async (scene) => {
  const { visitor } = await scene.chat();
  await visitor.asksForSms();
  await visitor.number.waitFor();
  await scene.server.kill();
  await visitor.gives(NUMBER);
  await visitor.isTold("No connection. Please try again when you are online.");
  assert.equal((await visitor.number.inputValue()).replace(/\D/g, ""), NUMBER.slice(1));
  await scene.server.restart();
  await until(
    async () => {
      const revert = visitor.button("Revert");
      if (await revert.isVisible()) return true;
      const submit = visitor.button("Send me a text");
      if (await submit.isEnabled({ timeout: 100 }).catch(() => false))
        await submit.click({ timeout: 100 }).catch(() => {});
      return false;
    },
    Boolean,
    "the switch comes about once the server is back",
  );
  await scene.server.receives(NUMBER, 1);
});

async function goesOnHere({ visitor, operator }) {
  await operator.answersGoTo("Web chat");
  await visitor.says("Never mind");
  await operator.sees("Hello", "Hi", "Never mind");
  await operator.says("We go on here");
  await visitor.sees("Hello", "Hi", "Never mind", "We go on here");
}
