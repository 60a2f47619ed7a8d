/** One running demonstration: the real program on data of its own, and the hands that act on it from outside. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Carrier } from "./carrier.mjs";
import { becomes, until } from "./wait.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const binary = ["debug", "release"]
  .map((profile) => join(root, "target", profile, "switchboard"))
  .find((path) => existsSync(path));

/** The shop's own number. */
export const SHOP_NUMBER = "+15005550006";
/** The same shop on WhatsApp. */
export const SHOP_WHATSAPP = "+15005550007";
/** The last lines of the server's log that a failed story shows. */
const LOG_LINES = 40;

export class Server {
  /** Starts one on a free port, with no data. */
  static async start() {
    assert.ok(binary, "there is no target/debug/switchboard: run cargo build first");
    const server = new Server(await mkdtemp(join(tmpdir(), "switchboard-story-")));
    await server.#run("127.0.0.1:0");
    return server;
  }

  /** Starts one that is no demonstration: its carrier is a program of its own and outlives it. `guard` is what it is told of the guard. */
  static async serve(guard = "") {
    assert.ok(binary, "there is no target/debug/switchboard: run cargo build first");
    const server = new Server(await mkdtemp(join(tmpdir(), "switchboard-story-")));
    server.carrier = await Carrier.start();
    server.guard = guard;
    await server.#run(await freeAddress());
    return server;
  }

  #process;
  #copy;
  log = [];

  constructor(data) {
    this.data = data;
  }

  async #run(listen) {
    const file = join(this.data, "switchboard.toml");
    if (this.carrier) await writeFile(file, configuration(listen, this));
    const demo = ["demo", "--listen", listen, "--data", this.data];
    const child = spawn(binary, this.carrier ? ["serve", "--config", file] : demo, {
      cwd: this.data,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    const reap = () => child.kill("SIGKILL");
    process.once("exit", reap);
    child.once("exit", () => process.off("exit", reap));
    createInterface(child.stderr).on("line", (line) => {
      this.log = [...this.log.slice(1 - LOG_LINES), line];
    });
    const lines = createInterface(child.stdout);
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${code} before it was ready:\n${this.log.join("\n")}`);
    });
    // Later it may end as it likes.
    ended.catch(() => {});
    if (this.carrier) {
      this.url = `http://${listen}`;
      await Promise.race([until(() => this.#isReady(), Boolean, "the server is ready"), ended]);
    } else {
      const [line] = await Promise.race([once(lines, "line"), ended]);
      Object.assign(this, JSON.parse(line));
    }
  }

  #isReady() {
    return fetch(`${this.url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Ends it as a power cut would. */
  async kill() {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** Starts it again on the same data, where it was. */
  async restart() {
    await this.kill();
    await this.#run(new URL(this.url).host);
  }

  /** Copies its data while it is down, and starts it again. Answers how to go back to that copy. */
  async backUp() {
    await this.kill();
    const copy = (this.#copy = `${this.data}-copy`);
    await cp(this.data, copy, { recursive: true });
    await this.restart();
    return async () => {
      await this.kill();
      await rm(this.data, { recursive: true });
      await cp(copy, this.data, { recursive: true });
      await this.restart();
    };
  }

  async end() {
    await this.kill();
    this.carrier?.end();
    for (const folder of [this.data, this.#copy]) if (folder) await rm(folder, { recursive: true, force: true });
  }

  /** The leads that the shop has, as its operator reads them. */
  async leads() {
    const { email, password } = this.operator;
    const { token } = await this.ask("POST", "/v1/session", { email, password });
    const { items } = await this.ask("GET", "/v1/leads", undefined, { authorization: `Bearer ${token}` });
    return items;
  }

  /** One request; what is not 2xx is an error. */
  async ask(method, path, body, headers) {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...headers, ...(body && { "content-type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text && JSON.parse(text);
  }

  /** What the carrier does badly from now on; nothing given: nothing. */
  faults(faults = {}) {
    return this.ask("PUT", "/v1/simulator/faults", faults);
  }

  /** Moves the carrier's time and the product's. */
  pass(span) {
    return this.ask("POST", "/v1/simulator/clock", { advance: span });
  }

  /** Somebody writes to the shop from a phone. */
  text(number, text) {
    return this.ask("POST", phone(number), { to: SHOP_NUMBER, text, channel: "sms" });
  }

  /** Somebody writes to the shop from WhatsApp. */
  whatsapp(number, text) {
    return this.ask("POST", phone(number), { to: SHOP_WHATSAPP, text, channel: "whatsapp" });
  }

  /** All that a phone has sent and got, oldest first. */
  async messagesOf(number) {
    const { items } = await this.ask("GET", phone(number));
    return items;
  }

  /** What a phone has got on WhatsApp, oldest first. */
  async receivedOnWhatsapp(number) {
    const { items } = await this.ask("GET", phone(number));
    return items.filter(({ from, channel }) => channel === "whatsapp" && from !== number).map(({ text }) => text);
  }

  /** What a phone has got from the shop, oldest first. */
  async received(number) {
    const { items } = await this.ask("GET", phone(number));
    return items.filter(({ from }) => from === SHOP_NUMBER).map(({ text }) => text);
  }

  /** Waits until a phone has got exactly this many texts, and answers them. */
  async receives(number, count) {
    await becomes(async () => (await this.received(number)).length, count, `the texts that ${number} has got`);
    return this.received(number);
  }
}

function phone(number) {
  return `/v1/simulator/phones/${encodeURIComponent(number)}/messages`;
}

/** A port that nobody has just now. */
async function freeAddress() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { address, port } = listener.address();
  listener.close();
  await once(listener, "close");
  return `${address}:${port}`;
}

function configuration(listen, { data, carrier, guard }) {
  const rows = Object.entries(carrier.connection).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `
    [server]
    listen = "${listen}"
    [store]
    url = ${JSON.stringify(`sqlite:${join(data, "switchboard.db")}`)}
    [guard]
    ${guard}
    [[organization]]
    id = "acme"
    name = "Acme Pumps"
    widget_key = "wk_acme"
      [[organization.connection]]
      id = "acme-sms"
      from = "${SHOP_NUMBER}"
      ${rows.join("\n      ")}
  `;
}
