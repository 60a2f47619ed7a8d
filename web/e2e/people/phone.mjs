/** The visitor's phone, as its page shows it. `root` is the page or frame that the phone is in. */

import { becomes } from "../wait.mjs";

export class Phone {
  constructor(root) {
    this.root = root;
    this.field = root.getByRole("textbox", { name: "Text message" });
  }

  async says(text) {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** The texts on the screen, from both sides. */
  texts() {
    return this.root.getByRole("log").locator(".bubble-text").allInnerTexts();
  }

  async shows(...texts) {
    await becomes(() => this.texts(), texts, "what the phone shows");
  }
}
