/** The visitor: what they do in the chat window, and what it shows them. `root` is the page or frame that the shop is in. */

import { becomes, until } from "../wait.mjs";

export class Visitor {
  constructor(root, words = ENGLISH) {
    this.root = root;
    this.words = words;
    this.log = root.getByRole("log");
    this.composer = root.getByRole("textbox", { name: words.write });
    this.number = root.getByLabel(words.number);
    this.code = root.locator(".copy code");
    this.countdown = root.locator(".countdown b");
  }

  button(name, options) {
    return this.root.getByRole("button", { name, ...options });
  }

  async opensTheChat() {
    // A page that is all chat has no launcher.
    const launcher = this.root.locator("button.launcher");
    await launcher.or(this.composer).first().waitFor();
    if (await launcher.isVisible()) await launcher.click();
    await this.composer.waitFor();
  }

  async says(text) {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Asks to go on by SMS; with a number it is typed and sent. */
  async asksForSms(number) {
    await this.button(this.words.sms).click();
    if (number) await this.gives(number);
  }

  async gives(number) {
    await this.number.fill(number);
    await this.button(this.words.submit).click();
  }

  /** Goes on by SMS and is told so. */
  async goesOnBySms(number) {
    await this.asksForSms(number);
    await this.button(this.words.revert).waitFor();
  }

  /** Asks to go on by Telegram, where one must write first; answers the message that is to be sent. */
  async asksForTelegram() {
    await this.button(this.words.telegram).click();
    return this.code.innerText();
  }

  /** Asks to go on by WhatsApp by writing first; answers the message that is to be sent. */
  async asksForACode(way = this.words.scan) {
    await this.button(this.words.whatsapp).click();
    await this.button(way).click();
    return this.code.innerText();
  }

  async returnsToWeb() {
    await this.button(this.words.back).click();
    await this.isTold(this.words.isBack);
  }

  /** What was said, as the window shows it. */
  said() {
    return this.log.locator(".said").allInnerTexts();
  }

  /** The quiet lines between, with numbers as plain digits. */
  async lines() {
    return (await this.log.locator(".quiet").allInnerTexts()).map(plain);
  }

  async sees(...said) {
    await becomes(() => this.said(), said, "what the visitor sees said");
  }

  async seesLines(...lines) {
    await becomes(() => this.lines(), lines, "the quiet lines that the visitor sees");
  }

  /** Waits until the window says this, in whatever place. */
  async isTold(words) {
    await this.root.getByText(words).first().waitFor();
  }

  /** Waits until the window stands on the web chat: the way to SMS is offered, and nothing else. */
  async onWeb() {
    await this.button(this.words.sms).waitFor();
    await this.button(this.words.back).waitFor({ state: "detached" });
  }

  /** The seconds that the countdown shows. */
  async seconds() {
    return Number(await this.countdown.innerText());
  }

  /** Waits until the countdown has come down to this many seconds. */
  async secondsFallTo(most) {
    return until(
      () => this.seconds(),
      (seconds) => seconds <= most,
      `at most ${most} seconds are left`,
    );
  }
}

/** Numbers without the marks and spaces that are for the eye. */
export function plain(text) {
  return text
    .replace(/[\u2066-\u2069]/g, "")
    .replace(/\u00a0/g, " ")
    .replace(/\+1 (\d{3}) (\d{3}) (\d{4})/, "+1$1$2$3");
}

export const ENGLISH = {
  write: "Write a message…",
  number: "Mobile number",
  sms: "Continue by SMS",
  whatsapp: "Continue by WhatsApp",
  telegram: "Continue by Telegram",
  scan: "Scan a code with your phone",
  submit: "Send me a text",
  revert: "Revert",
  back: "Return to web chat",
  isBack: "You are back on web chat",
};

export const ARABIC = {
  write: "اكتب رسالة…",
  number: "رقم الجوال",
  sms: "تابع عبر الرسائل القصيرة",
  whatsapp: "تابع عبر واتساب",
  scan: "امسح رمزاً بهاتفك",
  submit: "أرسلوا لي رسالة",
  revert: "تراجع",
  back: "العودة إلى محادثة الموقع",
  isBack: "عدت إلى محادثة الموقع",
};
