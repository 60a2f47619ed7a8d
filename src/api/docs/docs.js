/* Draws the API document: operations by tag, what each takes and answers, types unfolded on demand. */
"use strict";

const make = (tag, props, ...children) => {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
};

let schemas = {};

/** A type in one line, as people say it. */
function say(schema) {
  if (!schema || typeof schema !== "object") return "anything";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const either = schema.oneOf ?? schema.anyOf;
  if (either) return either.map(say).join(" or ");
  if (schema.allOf) return schema.allOf.map(say).join(" and ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const types = [schema.type].flat().filter(Boolean);
  return types.map((type) => (type === "array" ? `list of ${say(schema.items)}` : type)).join(" or ") || "anything";
}

/** The names of the types that a type speaks of. */
function named(schema, found = new Set()) {
  if (!schema || typeof schema !== "object") return found;
  if (schema.$ref) found.add(schema.$ref.split("/").pop());
  for (const part of Object.values(schema)) if (typeof part === "object") [part].flat().forEach((one) => named(one, found));
  return found;
}

/** A type's fields, each with what it is; types within unfold. */
function fields(schema, depth = 0) {
  const box = make("div", {});
  const parts = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (parts) {
    for (const part of parts) box.append(part.$ref ? unfold(part.$ref.split("/").pop(), depth) : fields(part, depth));
    return box;
  }
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([name, of]) =>
    make(
      "tr",
      {},
      make("td", {}, name + (required.has(name) ? "" : "?")),
      make("td", {}, say(of), make("div", { className: "quiet" }, of.description ?? "")),
    ),
  );
  if (schema.description) box.append(make("p", { className: "quiet" }, schema.description));
  if (rows.length) box.append(make("table", {}, make("tbody", {}, ...rows)));
  if (depth < 4) {
    const within = new Set(Object.values(schema.properties ?? {}).flatMap((of) => [...named(of)]));
    for (const name of within) box.append(unfold(name, depth + 1));
  }
  return box;
}

/** Drawn only when it is opened: types may speak of each other for ever. */
function unfold(name, depth = 0) {
  const box = make("details", {}, make("summary", {}, name));
  box.addEventListener("toggle", () => box.childElementCount === 1 && box.append(fields(schemas[name] ?? {}, depth)), { once: true });
  return box;
}

function body(title, content) {
  const [type, { schema } = {}] = Object.entries(content ?? {})[0] ?? [];
  const box = make("div", {}, make("h4", {}, title));
  if (!type) return box;
  box.append(make("span", { className: "quiet" }, `${type}: ${say(schema)}`));
  for (const name of named(schema ?? {})) box.append(unfold(name));
  return box;
}

function operation(path, method, of) {
  const id = `${method}${path}`.replace(/[^a-z0-9]+/gi, "-");
  const rows = (of.parameters ?? []).map((parameter) =>
    make(
      "tr",
      {},
      make("td", {}, parameter.name),
      make("td", {}, `${parameter.in}, ${say(parameter.schema)}`, make("div", { className: "quiet" }, parameter.description ?? "")),
    ),
  );
  const article = make(
    "article",
    { id },
    make("h3", {}, make("span", { className: "method" }, method.toUpperCase()), " ", path),
    make("div", {}, [of.summary, of.description].filter(Boolean).join(" ")),
    make("div", { className: "quiet" }, by(of.security)),
  );
  if (rows.length) article.append(make("h4", {}, "Parameters"), make("table", {}, make("tbody", {}, ...rows)));
  if (of.requestBody) article.append(body("Body", of.requestBody.content));
  for (const [status, answer] of Object.entries(of.responses ?? {})) {
    const title = status === "default" ? "Problems" : `Answer ${status}`;
    article.append(body(answer.description ? `${title}: ${answer.description}` : title, answer.content));
  }
  const link = make("a", { href: `#${id}` }, make("span", { className: "method" }, method.toUpperCase()), " ", path);
  return { article, link, text: `${method} ${path} ${of.summary ?? ""}`.toLowerCase() };
}

function by(security) {
  const who = new Set((security ?? []).flatMap(Object.keys));
  if (who.size === 0) return "By anyone";
  return "By " + [who.has("visitor") && "the visitor (bearer token)", who.has("operator") && "operators (bearer token or session cookie)"].filter(Boolean).join(" and ");
}

async function draw() {
  const main = document.getElementById("operations");
  const document_ = await (await fetch("/openapi.json")).json();
  schemas = document_.components?.schemas ?? {};
  const tags = new Map();
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const method of ["get", "post", "put", "patch", "delete"]) {
      if (!item[method]) continue;
      const tag = item[method].tags?.[0] ?? "other";
      tags.set(tag, [...(tags.get(tag) ?? []), operation(path, method, item[method])]);
    }
  }
  main.replaceChildren(make("p", {}, document_.info.description ?? ""));
  const all = [];
  const order = ["visitors", "conversations", "messages", "switch", "desk", "session", "socket", "operations"];
  const place = ([tag]) => (order.indexOf(tag) + order.length + 1) % (order.length + 1);
  for (const [tag, operations] of [...tags].sort((one, other) => place(one) - place(other))) {
    document.getElementById("index").append(make("h2", {}, tag), ...operations.map(({ link }) => link));
    main.append(make("h2", {}, tag), ...operations.map(({ article }) => article));
    all.push(...operations);
  }
  document.getElementById("find").addEventListener("input", ({ target }) => {
    const wanted = target.value.trim().toLowerCase();
    for (const { article, link, text } of all) article.hidden = link.hidden = !text.includes(wanted);
  });
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

draw().catch(() => document.getElementById("operations").replaceChildren("The document could not be read: is the server there?"));
