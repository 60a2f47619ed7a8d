/** The visitor's phone, as its page shows it. `root` is the page or frame that the phone is in. */

import { becomes } from "../wait.mjs";

export class Phone {
  constructor(root) {
    this.root = root;
    this.field = root.getByRole("textbox", { name: "Text message" });
    this.chatField = root.getByRole("textbox", { name: "Message", exact: true });
  }

  async says(text) {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** Says something in a chat program that is open. */
  async chats(text) {
    await this.chatField.fill(text);
    await this.chatField.press("Enter");
  }

  /** Opens a link that was seen or pasted. */
  async opensLink(link) {
    await this.root.getByRole("button", { name: "Scan a code or open a link" }).click();
    await this.root.getByRole("textbox", { name: "Link" }).fill(link);
    await this.root.getByRole("button", { name: "Open", exact: true }).click();
  }

  /** Scans the code on the screen beside it. */
  async scans() {
    await this.root.getByRole("button", { name: "Scan a code or open a link" }).click();
    await this.root.getByRole("button", { name: "Open it" }).click();
  }

  /** The texts on the screen, from both sides. */
  texts() {
    return this.root.getByRole("log").locator(".bubble-text").allInnerTexts();
  }

  async shows(...texts) {
    await becomes(() => this.texts(), texts, "what the phone shows");
  }
}
