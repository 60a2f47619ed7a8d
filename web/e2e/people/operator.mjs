/** The operator: what they do at the console, and what it shows them. `root` is the page or frame that the console is in. */

import { becomes } from "../wait.mjs";
import { plain } from "./visitor.mjs";

export class Operator {
  constructor(root) {
    this.root = root;
    this.rows = root.locator("[data-row]");
    this.log = root.locator("#log");
    this.composer = root.locator("#composer");
  }

  button(name, options) {
    return this.root.getByRole("button", { name, ...options });
  }

  note(name) {
    return this.root.locator(`[data-note="${name}"]`);
  }

  /** Opens the first conversation of the list. */
  async opens() {
    await this.rows.first().click();
    await this.log.waitFor();
  }

  async says(text) {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** What was said, by whomever. */
  said() {
    return this.log.locator(".message-text").allInnerTexts();
  }

  /** The quiet lines, without who did it. */
  async lines() {
    return (await this.log.locator(".line-text").allInnerTexts()).map(plain);
  }

  async sees(...said) {
    await becomes(() => this.said(), said, "what the operator sees said");
  }

  async seesLines(...lines) {
    await becomes(() => this.lines(), lines, "the quiet lines that the operator sees");
  }

  /** Waits until a quiet line says this, of what happened or why. */
  async isTold(words) {
    await this.log.locator(".line-text, .line-aside").filter({ hasText: words }).first().waitFor();
  }

  /** Where answers go, as the composer says it. */
  async answersGoTo(leg) {
    await becomes(
      async () => plain(await this.root.locator("#route .route-words").innerText()),
      leg,
      "where answers go",
    );
  }

  /** Takes one of the ways that the menu under "To" offers. */
  async picks(item) {
    await this.root.locator("#route").click();
    await this.root.getByRole("menu").getByText(item).click();
  }
}
