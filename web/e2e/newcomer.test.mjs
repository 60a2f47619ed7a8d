/** What a newcomer sees on the one page of the demonstration: shop, console and phone side by side, all live. */

import assert from "node:assert/strict";
import { Operator } from "./people/operator.mjs";
import { Phone } from "./people/phone.mjs";
import { Visitor } from "./people/visitor.mjs";
import { NUMBER, story } from "./story.mjs";

const WELCOME =
  "Acme Pumps: somebody asked to go on with a chat here. Reply to continue; your answers show in that chat. " +
  "Not you? Reply STOP.";

story("a chat goes to a phone and back, twice, and nothing is lost, doubled or out of order", async (scene) => {
  const page = await scene.page("/demo");
  const { visitor, operator, phone } = sides(page);

  await visitor.opensTheChat();
  await visitor.says("Does the AP-200 fit a ¾ inch hose?");
  await operator.opens();
  await operator.says("It does: the adapter is in the box.");
  await visitor.sees("Does the AP-200 fit a ¾ inch hose?", "It does: the adapter is in the box.");
  assert.equal(await visitor.said().then((said) => said.length), 2);

  await visitor.goesOnBySms(await page.locator("#number").innerText());
  await visitor.isTold("The chat goes on by SMS");
  const seconds = await visitor.seconds();
  assert.ok(seconds >= 1 && seconds <= 10, `the countdown stands at ${seconds}`);
  await visitor.secondsFallTo(seconds - 1);
  await phone.shows(WELCOME);

  await phone.says("On my way to the garden now");
  await operator.sees(
    "Does the AP-200 fit a ¾ inch hose?",
    "It does: the adapter is in the box.",
    "On my way to the garden now",
  );
  await operator.says("Good. Tell us how it goes.");
  await phone.shows(WELCOME, "On my way to the garden now", "Good. Tell us how it goes.");

  // Inside its window the way back is Revert; past it, a switch like any other.
  await scene.server.pass("12s");
  await phone.says("It runs!");
  await operator.log.getByText("It runs!").waitFor();
  await visitor.returnsToWeb();
  await visitor.says("Back at my desk");
  await operator.sees(
    "Does the AP-200 fit a ¾ inch hose?",
    "It does: the adapter is in the box.",
    "On my way to the garden now",
    "Good. Tell us how it goes.",
    "It runs!",
    "Back at my desk",
  );

  await scene.server.pass("12s");
  await operator.says("Anything else?");
  await visitor.goesOnBySms(NUMBER);
  await phone.says("Just the invoice");
  await operator.log.getByText("Just the invoice").waitFor();
  await operator.says("It is in your mail.");
  await phone.shows(
    WELCOME,
    "On my way to the garden now",
    "Good. Tell us how it goes.",
    "It runs!",
    WELCOME,
    "Just the invoice",
    "It is in your mail.",
  );
  await scene.server.pass("12s");
  await phone.says("Thanks");
  await operator.log.getByText("Thanks").waitFor();
  await visitor.returnsToWeb();

  const all = [
    "Does the AP-200 fit a ¾ inch hose?",
    "It does: the adapter is in the box.",
    "On my way to the garden now",
    "Good. Tell us how it goes.",
    "It runs!",
    "Back at my desk",
    "Anything else?",
    "Just the invoice",
    "It is in your mail.",
    "Thanks",
  ];
  await visitor.sees(...all);
  await operator.sees(...all);
  await operator.seesLines(
    "Chat opened · Web chat",
    "You claimed this chat",
    `Moved to SMS · ${NUMBER}`,
    "Moved to Web chat",
    `Moved to SMS · ${NUMBER}`,
    "Moved to Web chat",
  );
});

story("with 390 pixels the three sides take turns, and the same story is told", async (scene) => {
  const page = await scene.page("/demo", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const { visitor, operator, phone } = sides(page);
  const turnTo = (name) => page.getByRole("tab", { name }).click();

  await visitor.opensTheChat();
  await fits(page);
  await visitor.says("Is it quiet?");
  await turnTo("Console");
  await operator.opens();
  await operator.says("52 dB: you can talk beside it.");
  await turnTo("Shop");
  await visitor.sees("Is it quiet?", "52 dB: you can talk beside it.");
  await visitor.goesOnBySms(NUMBER);
  await turnTo("Phone");
  await phone.shows(WELCOME);
  await phone.says("From the garden");
  await phone.shows(WELCOME, "From the garden");
  await turnTo("Console");
  await operator.sees("Is it quiet?", "52 dB: you can talk beside it.", "From the garden");
  await scene.server.pass("12s");
  await operator.says("We hear you.");
  await turnTo("Shop");
  await visitor.returnsToWeb();
  await visitor.sees("Is it quiet?", "52 dB: you can talk beside it.", "From the garden", "We hear you.");
  await fits(page);
});

function sides(page) {
  const frame = (id) => page.frameLocator(`#${id} iframe`);
  return {
    visitor: new Visitor(frame("shop")),
    operator: new Operator(frame("console")),
    phone: new Phone(frame("phone")),
  };
}

/** Nothing has to be scrolled sideways, in the page or in any frame of it. */
async function fits(page) {
  for (const frame of page.frames()) {
    const over = await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${frame.url()} is ${over} px too wide`);
  }
}
