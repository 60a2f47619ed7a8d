import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, Rest, Template, TemplateList } from "@switchboard/core";
import { isFilled, openTemplates, parts, prefilled, sifted } from "../src/desk/templates.ts";

function template(name: string, body: string, more: Partial<Template> = {}): Template {
  const variables = [...new Set([...body.matchAll(/\{\{(\w+)\}\}/g)].map(([, variable]) => variable!))];
  return {
    connection: "wa",
    channel: "whatsapp",
    id: name,
    name,
    language: "en",
    category: "UTILITY",
    approved: true,
    status: "APPROVED",
    body,
    variables,
    ...more,
  };
}

const ALL = { query: "", language: "", category: "" };
const names = (list: Template[]) => list.map(({ name }) => name);

test("what can be sent stands first, then what cannot", () => {
  const list = [template("b", "B", { approved: false }), template("c", "C"), template("a", "A")];
  assert.deepEqual(names(sifted(list, ALL)), ["a", "c", "b"]);
});

test("every word that is searched is in the name or the text", () => {
  const list = [template("order_shipped", "Your order is on its way"), template("order_late", "It will take longer")];
  assert.deepEqual(names(sifted(list, { ...ALL, query: "ORDER way" })), ["order_shipped"]);
  assert.deepEqual(names(sifted(list, { ...ALL, query: "nothing" })), []);
});

test("language and category narrow the list", () => {
  const list = [
    template("a", "A"),
    template("b", "B", { language: "de" }),
    template("c", "C", { category: "MARKETING" }),
  ];
  assert.deepEqual(names(sifted(list, { ...ALL, language: "de" })), ["b"]);
  assert.deepEqual(names(sifted(list, { ...ALL, category: "MARKETING" })), ["c"]);
});

test("names that are known are filled in under whatever word a template has for them", () => {
  const known = { visitor: "Maya Okafor", organization: "Acme Pumps", operator: "Ada" };
  const made = template("t", "{{name}} {{first_name}} {{customer_name}} {{company}} {{agent}} {{subject}} {{1}}");
  assert.deepEqual(prefilled(made, known), {
    name: "Maya Okafor",
    first_name: "Maya",
    customer_name: "Maya Okafor",
    company: "Acme Pumps",
    agent: "Ada",
    subject: "",
    "1": "",
  });
  assert.equal(prefilled(made, { ...known, visitor: null }).name, "");
});

test("the preview shows what is filled in, and marks what is missing", () => {
  const made = template("t", "Hello {{name}}, {{subject}} {{is}} here. {{ 2 }}", { variables: ["name", "subject"] });
  assert.deepEqual(parts(made, { name: " Maya ", subject: " " }), [
    { text: "Hello " },
    { text: "Maya", variable: "name", missing: false },
    { text: ", " },
    { text: "subject", variable: "subject", missing: true },
    { text: " " },
    { text: "{{is}}" },
    { text: " here. " },
    { text: "{{ 2 }}" },
  ]);
});

test("a template can be sent when every variable stands for something", () => {
  const made = template("t", "{{a}} {{b}}");
  assert.equal(isFilled(made, { a: "x", b: " " }), false);
  assert.equal(isFilled(made, { a: "x", b: "y" }), true);
  assert.equal(isFilled(template("t", "No variable"), {}), true);
});

test("a provider that did not answer is no empty list", async () => {
  const answering = (status: number, body: TemplateList) => {
    const rest = (async () => ({ status, body }) as Answer) as Rest;
    return openTemplates(rest).of("wa");
  };
  assert.deepEqual(await answering(200, { items: [], unanswered: [] }), []);
  assert.equal(await answering(200, { items: [], unanswered: ["wa"] }), null);
  assert.equal(await answering(503, { items: [], unanswered: [] }), null);
});
