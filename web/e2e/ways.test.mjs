/** Writing first, the way back by a link, and leaving word when nobody is there. */

import assert from "node:assert/strict";
import { Visitor } from "./people/visitor.mjs";
import { NUMBER, story } from "./story.mjs";
import { becomes, until } from "./wait.mjs";

const OTHER = "+12025550148";
const HAND_HELD = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

story("the phone that scans the code writes first: the chat goes on there, and no welcome is sent", async (scene) => {
  const { visitor, operator } = await scene.chat();
  const code = await visitor.asksForACode();
  await visitor.root.getByRole("img", { name: "QR code that opens WhatsApp on your phone" }).waitFor();
  await scene.server.whatsapp(NUMBER, code);
  await visitor.button("Revert").waitFor();
  await visitor.isTold("The chat goes on by WhatsApp");
  await visitor.code.waitFor({ state: "detached" });
  await visitor.sees("Hello", "Hi", code);
  assert.deepEqual(await scene.server.receivedOnWhatsapp(NUMBER), []);
  await operator.says("Here you are");
  await becomes(() => scene.server.receivedOnWhatsapp(NUMBER), ["Here you are"], "what the phone has got");
  await scene.server.pass("12s");
  await visitor.isTold(/You are on WhatsApp now/);
  await visitor.button("Continue by SMS").waitFor();
  await visitor.returnsToWeb();
});

story("a code is made when it is asked for, and anew when it is over", async (scene) => {
  const { visitor, operator } = await scene.chat();
  const asked = [];
  visitor.root.on("request", (request) => request.url().endsWith("/links") && asked.push(request));
  await visitor.button("Continue by WhatsApp").click();
  await visitor.number.waitFor();
  assert.equal(asked.length, 0);
  await visitor.button("Scan a code with your phone").click();
  const code = await visitor.code.innerText();
  await scene.server.pass("16m");
  // With its next word the server tells the time.
  await operator.says("Still there?");
  const next = await until(
    () => visitor.code.innerText(),
    (text) => text !== code,
    "another code",
  );
  await scene.server.whatsapp(OTHER, code);
  await scene.server.whatsapp(NUMBER, next);
  await visitor.button("Revert").waitFor();
  assert.equal(asked.length, 2);
  await visitor.sees("Hello", "Hi", "Still there?", next);
});

story("on a phone the link into its own program comes first, and the number is a press away", async (scene) => {
  const visitor = await scene.visitor(HAND_HELD);
  await visitor.says("Hello");
  const code = await visitor.asksForACode("Write to us from WhatsApp");
  const link = await visitor.root.getByRole("link", { name: "Open WhatsApp" }).getAttribute("href");
  assert.equal(link, `https://wa.me/15005550007?text=${code}`);
  assert.equal(await visitor.root.locator(".qr").count(), 0);
  await visitor.button("Give my number instead").click();
  await visitor.number.waitFor();
  await visitor.root.keyboard.press("Escape");
  await visitor.onWeb();
});

story("a server that makes no code now is told of, and asked again by hand", async (scene) => {
  const visitor = await scene.visitor();
  await visitor.says("Hello");
  await visitor.button("Continue by WhatsApp").click();
  const refuse = (route) =>
    route.fulfill({ status: 429, headers: { "retry-after": "600" }, json: { code: "rate_limited" } });
  await visitor.root.route("**/links", refuse);
  await visitor.button("Scan a code with your phone").click();
  await visitor.isTold("Too many tries. Please wait 600 seconds.");
  await visitor.root.unroute("**/links", refuse);
  await visitor.button("Try again").click();
  await visitor.code.waitFor();
});

story("WEB from the phone opens the chat in another browser, once, from where that phone joined", async (scene) => {
  const { visitor, operator } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await scene.server.pass("12s");
  await scene.server.text(NUMBER, "On my phone");
  const link = await wayBack(scene, NUMBER);

  const page = await scene.page(link);
  const returns = [];
  page.on("request", (request) => request.method() !== "GET" && returns.push(request.url()));
  const go = page.getByRole("button", { name: "Go on with this chat here" });
  await go.waitFor();
  // As previews and scanners do.
  await page.reload();
  await go.waitFor();
  assert.deepEqual(returns, []);
  await go.click();

  const second = new Visitor(page);
  await second.isTold("You are back on web chat");
  await second.log.getByText("On my phone").waitFor();
  assert.ok(!(await second.said()).includes("Hello"), "the phone had not joined yet");
  assert.equal(new URL(page.url()).hash, "");
  await second.says("Now here");
  await operator.says("Good");
  await second.log.getByText("Good").waitFor();
  await page.reload();
  await second.log.getByText("Now here").waitFor();

  const late = await scene.page(link);
  await late.getByRole("button", { name: "Go on with this chat here" }).click();
  await late.getByRole("heading", { name: "This link has been used already, or is too old." }).waitFor();
  await late.getByText("Write WEB to us from your phone once more").waitFor();
  await late.getByRole("button", { name: "Go to the chat" }).click();
  await new Visitor(late).composer.waitFor();
  assert.equal(new URL(late.url()).hash, "");
});

story("a browser with a chat of its own asks before it goes over to the one of the link", async (scene) => {
  await scene.server.text(NUMBER, "From the phone");
  const link = await wayBack(scene, NUMBER);
  const device = await scene.device();
  const visitor = await scene.visitor({ path: "/chat/wk_acme", device });
  await visitor.says("Mine");
  await visitor.onWeb();

  const tab = await scene.page(link, { device });
  await tab.getByText("A chat is open in this browser already.").waitFor();
  await tab.getByRole("button", { name: "Keep the chat that is open here" }).click();
  await new Visitor(tab).sees("Mine");

  const again = await scene.page(link, { device });
  await again.getByRole("button", { name: "Go on with this chat here" }).click();
  await new Visitor(again).log.getByText("From the phone").waitFor();
  assert.ok(!(await new Visitor(again).said()).includes("Mine"));
  // The other tabs are this browser too.
  await visitor.log.getByText("From the phone").waitFor();
});

story("a browser that came from a phone is told of other numbers by their channel alone", async (scene) => {
  const { visitor } = await scene.chat();
  await visitor.goesOnBySms(NUMBER);
  await scene.server.pass("12s");
  await scene.server.text(NUMBER, "On my phone");
  const page = await scene.page(await wayBack(scene, NUMBER));
  await page.getByRole("button", { name: "Go on with this chat here" }).click();
  const second = new Visitor(page);
  await second.isTold("You are back on web chat");
  await scene.server.pass("12s");
  const code = await visitor.asksForACode();
  await scene.server.whatsapp(OTHER, code);
  await visitor.isTold("The chat goes on by WhatsApp");
  await second.isTold("The chat goes on by WhatsApp");
  await until(
    () => second.lines(),
    (lines) => lines.includes("The chat moved to WhatsApp"),
    "a line without a number",
  );
  await scene.server.pass("12s");
  await second.isTold("You are on WhatsApp now. Answers go there; you can still write here.");
  assert.ok(!(await page.locator("body").innerText()).includes("0148"));
});

story("a browser shows the number that was typed in it, also where others are not for it to know", async (scene) => {
  await scene.server.text(NUMBER, "From the phone");
  const page = await scene.page(await wayBack(scene, NUMBER));
  await page.getByRole("button", { name: "Go on with this chat here" }).click();
  const visitor = new Visitor(page);
  await visitor.isTold("You are back on web chat");
  await scene.server.pass("12s");
  await visitor.button("Continue by WhatsApp").click();
  await visitor.gives(OTHER);
  await visitor.isTold(/Answer the text we sent to .\+1.202.555.0148/);
});

story("a dial code counts as long as it stands there, and the number is shown as it is read", async (scene) => {
  const visitor = await scene.visitor({ locale: "en-US" });
  const page = visitor.root;
  await visitor.button("Leave my details").click();
  const dial = page.locator(".country > span");
  const before = await dial.innerText();
  const number = page.locator("#lead-phone");
  await page.getByLabel("Country").selectOption("US");
  await number.fill("+44 20 7946 0018");
  await visitor.isTold(/We read it as .\+442079460018/);
  assert.equal(await dial.innerText(), "GB +44", before);
  await number.fill("");
  await becomes(() => dial.innerText(), "US +1", "the country that was chosen");
  await number.fill("900 234 5678");
  await visitor.isTold(/We read it as .\+1.900.234.5678/);
});

story("when nobody is there the visitor leaves word, and may write all the same", async (scene) => {
  const visitor = await scene.visitor();
  const page = visitor.root;
  await visitor.isTold(/Nobody is here just now/);
  await visitor.button("Leave my details").click();
  await page.locator("#lead-name:focus").waitFor();
  await page.keyboard.type("Maya");
  const send = page.locator(".lead [type=submit]");
  await send.click();
  await visitor.isTold("Please give an e-mail address or a phone number.");
  await page.locator("#lead-email:focus").fill("maya");
  await page.getByLabel(/Acme Pumps may contact me/).check();
  await send.click();
  await visitor.isTold("This is not an e-mail address.");
  await page.locator("#lead-email:focus").fill("maya@example.com");
  await page.locator("#lead-phone").fill("202 555 0147");
  await page.locator("#lead-message").fill("Two pumps, please.");
  await send.click();
  await visitor.isTold(/Thank you. We will reach you at .*maya@example.com.* or .*0147/);

  await page.reload();
  await visitor.opensTheChat();
  await visitor.isTold("We have your details and will reach you.");
  await visitor.says("Hello");
  const operator = await scene.operator();
  await operator.opens();
  await operator.says("Hi");
  await visitor.sees("Hello", "Hi");
  await page.locator(".lead-note").waitFor({ state: "detached" });

  const [lead, ...others] = await scene.server.leads();
  assert.deepEqual(others, []);
  assert.deepEqual(
    [lead.name, lead.email, lead.phone, lead.message],
    ["Maya", "maya@example.com", NUMBER, "Two pumps, please."],
  );
  assert.match(lead.addresses[0].consent.text, /^Acme Pumps may contact me/);
});

story("what was typed into the form stays when it could not be sent", async (scene) => {
  const visitor = await scene.visitor();
  const page = visitor.root;
  await visitor.button("Leave my details").click();
  await page.locator("#lead-email").fill("maya@example.com");
  await page.getByLabel(/Acme Pumps may contact me/).check();
  await page.route("**/v1/visitors/lead", (route) => route.abort());
  await page.locator(".lead [type=submit]").click();
  await visitor.isTold("No connection. What you wrote is still here; please try again.");
  await page.unroute("**/v1/visitors/lead");
  await page.locator(".lead [type=submit]").click();
  await visitor.isTold(/Thank you/);
  assert.equal((await scene.server.leads()).length, 1);
});

story("somebody is there: nobody is asked how to be reached", async (scene) => {
  await (await scene.operator()).root.locator("#inbox").waitFor();
  const visitor = await scene.visitor();
  await visitor.isTold("How can we help?");
  await visitor.says("Hello");
  await visitor.onWeb();
  assert.equal(await visitor.root.locator(".lead-note").count(), 0);
});

/** Writes WEB from a phone; answers the link that it is sent. */
async function wayBack(scene, number) {
  await scene.server.text(number, "WEB");
  const texts = await until(
    () => scene.server.received(number),
    (texts) => texts.some((text) => text.includes("#return=")),
    "a link on the phone",
  );
  return /https?:\/\/\S+#return=\S+/.exec(texts.join(" "))[0];
}
