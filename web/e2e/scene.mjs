/** Where a story happens: a server of its own, the browsers on it, and the people at them. */

import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { Operator } from "./people/operator.mjs";
import { Phone } from "./people/phone.mjs";
import { Visitor } from "./people/visitor.mjs";
import { Server } from "./server.mjs";
import { PATIENCE_MS } from "./wait.mjs";

/** The phone that stands beside the shop. */
export const NUMBER = "+12025550147";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A microphone that hums, and nobody who has to allow it.
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // A page that a story puts in the place of another site's comes from no address; it may reach this machine all the same.
  "--disable-features=LocalNetworkAccessChecks",
];

/** What a page may say when a story takes the server or the network away. */
const LINE_DOWN = /Failed to load resource|WebSocket connection|net::ERR_/;

let browser;

/** The one browser of this process. */
async function openBrowser() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: FLAGS });
  return browser;
}

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

export class Scene {
  static async begin({ carrier = false, guard = "" } = {}) {
    return new Scene(await (carrier ? Server.serve(guard) : Server.start()));
  }

  #contexts = [];
  /** What the pages complained of: errors nobody caught, and what they may not load. */
  complaints = [];

  constructor(server) {
    this.server = server;
  }

  /** A browser of its own: nothing is kept in it yet. */
  async device(options = {}) {
    const context = await (
      await openBrowser()
    ).newContext({
      baseURL: this.server.url,
      viewport: { width: 1280, height: 800 },
      locale: "en-US",
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    context.on("weberror", (error) => this.complaints.push(String(error.error())));
    context.on("console", (message) => {
      if (message.type() === "error" && !LINE_DOWN.test(message.text())) this.complaints.push(message.text());
    });
    this.#contexts.push(context);
    return context;
  }

  /** A page in a browser of its own, or as one more tab of a device. */
  async page(path, { device, ...options } = {}) {
    const page = await (device ?? (await this.device(options))).newPage();
    await page.goto(path);
    return page;
  }

  /** A visitor who looks at the shop with the chat open. */
  async visitor({ path = "/shop", ...options } = {}) {
    const visitor = new Visitor(await this.page(path, options));
    await visitor.opensTheChat();
    return visitor;
  }

  /** Ada, at her console. */
  async operator(options) {
    return new Operator(await this.page("/console?demo=1", options));
  }

  /** The phone beside the shop, on a page of its own. */
  async phone(options) {
    return new Phone(await this.page("/phone", options));
  }

  /** A chat in which both have spoken. */
  async chat(options) {
    const visitor = await this.visitor(options);
    const operator = await this.operator();
    await visitor.says("Hello");
    await operator.opens();
    await operator.says("Hi");
    await visitor.sees("Hello", "Hi");
    return { visitor, operator };
  }

  /** What was on the screens when it failed, and what was said behind them. */
  async photograph(name) {
    const folder = join(tmpdir(), "switchboard-stories");
    await mkdir(folder, { recursive: true });
    const pages = this.#contexts.flatMap((context) => context.pages());
    for (const [n, page] of pages.entries()) {
      const path = join(folder, `${name.replace(/[^a-z0-9]+/gi, "-")}-${n + 1}.png`);
      await page.screenshot({ path }).then(
        () => console.error(`the screen: ${path}`),
        () => {},
      );
    }
    console.error(`complaints: ${this.complaints.join("\n") || "none"}\nthe server:\n${this.server.log.join("\n")}`);
  }

  async end() {
    for (const context of this.#contexts) await context.close();
    await this.server.end();
  }
}
