/** A carrier that outlives the server: as much of Twilio's API as one text needs. It may keep its answer to itself. */

import { once } from "node:events";
import { createServer } from "node:http";

const ACCOUNT = "AC00000000000000000000000000000001";
const PATH = `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`;

export class Carrier {
  /** Starts one on a free port. */
  static async start() {
    const carrier = new Carrier();
    carrier.#server = createServer((request, response) => void carrier.#serve(request, response));
    carrier.#server.listen(0, "127.0.0.1");
    await once(carrier.#server, "listening");
    return carrier;
  }

  #server;
  #messages = [];
  /** Requests to send a text, taken or not. */
  asked = 0;
  /** What becomes of such a request: `take` it, take it in `silence`, or `hang` without taking it. */
  does = "take";

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** The connection of an organization that uses it. */
  get connection() {
    return { channel: "sms", provider: "twilio", account_sid: ACCOUNT, auth_token: "token", api_base: this.url };
  }

  /** The texts that a phone has got. */
  received(number) {
    return this.#messages.filter(({ to }) => to === number).map(({ body }) => body);
  }

  async #serve(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.url);
    if (pathname !== PATH) return response.writeHead(404).end();
    if (request.method === "GET") {
      const messages = this.#messages.filter(({ to }) => to === searchParams.get("To")).reverse();
      return answer(response, 200, { messages, next_page_uri: null });
    }
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    this.asked += 1;
    if (this.does === "hang") return;
    const message = this.#take(form);
    if (this.does === "take") answer(response, 201, message);
  }

  #take(form) {
    const message = {
      sid: `SM${String(this.#messages.length + 1).padStart(32, "0")}`,
      account_sid: ACCOUNT,
      to: form.get("To"),
      from: form.get("From"),
      body: form.get("Body"),
      status: "sent",
      direction: "outbound-api",
      num_segments: "1",
      date_created: new Date().toUTCString(),
    };
    this.#messages.push(message);
    return message;
  }

  end() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function answer(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
