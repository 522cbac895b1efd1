"use strict";

/* Shows the server's own OpenAPI document. Texts go in as text, never as markup; nothing is loaded from elsewhere. */

const METHODS = ["get", "post", "put", "patch", "delete"];
const DEEPEST = 5;
let schemas = {};

function el(tag, text, ...children) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  made.append(...children.filter(Boolean));
  return made;
}

function resolve(node) {
  return node && node.$ref ? schemas[node.$ref.split("/").pop()] || {} : node || {};
}

function name(node) {
  if (!node) return "";
  if (node.$ref) return node.$ref.split("/").pop();
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(" | ");
  const some = node.anyOf || node.oneOf;
  if (some) return some.map(name).join(" | ");
  if (node.type === "array") return `list of ${name(node.items) || "anything"}`;
  return [].concat(node.type || "any").join(" | ") + (node.format ? ` (${node.format})` : "");
}

function limits(node) {
  const said = [];
  for (const [key, words] of [["minimum", "≥"], ["maximum", "≤"], ["minLength", "length ≥"], ["maxLength", "length ≤"], ["pattern", "form"]])
    if (node[key] !== undefined) said.push(`${words} ${node[key]}`);
  if (node.default !== undefined && node.default !== null) said.push(`default ${JSON.stringify(node.default)}`);
  return said.join(", ");
}

function example(node, depth = 0) {
  const schema = resolve(node);
  if (schema.examples) return schema.examples[0];
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const some = schema.anyOf || schema.oneOf || schema.allOf;
  if (some) return example(some[0], depth);
  if (schema.type === "array") return depth < DEEPEST && schema.items ? [example(schema.items, depth + 1)] : [];
  if (schema.properties) {
    const wanted = Object.entries(schema.properties).filter(([key]) => depth < 2 || (schema.required || []).includes(key));
    return depth < DEEPEST ? Object.fromEntries(wanted.map(([key, value]) => [key, example(value, depth + 1)])) : {};
  }
  return { string: schema.format === "uuid" ? "0198c1d2-7a3e-7c4b-9f00-5b8f6a1e2d3c" : "text", integer: 1, number: 1, boolean: true, null: null }[schema.type] ?? {};
}

function table(head, rows) {
  const made = el("table", "", el("tr", "", ...head.map((text) => el("th", text))));
  for (const row of rows) made.append(el("tr", "", ...row.map((cell) => (cell instanceof Node ? el("td", "", cell) : el("td", cell)))));
  return made;
}

function fields(node) {
  const schema = resolve(node);
  const some = schema.anyOf || schema.oneOf;
  if (some) return el("div", "", ...some.map((each) => el("div", "", el("p", name(each)), fields(each))));
  if (schema.type === "array") return fields(schema.items);
  if (!schema.properties) return null;
  return table(["Field", "Type", "Meaning"], Object.entries(schema.properties).map(([key, value]) => [
    el("code", key + ((schema.required || []).includes(key) ? " *" : "")),
    [name(value), limits(value)].filter(Boolean).join("; "),
    value.description || resolve(value).description || "",
  ]));
}

function content(body, title) {
  const parts = [];
  for (const [type, { schema }] of Object.entries((body && body.content) || {})) {
    parts.push(el("h4", `${title}: ${type}${schema && name(schema) ? `, ${name(schema)}` : ""}`), fields(schema));
    if (type.includes("json") && schema && title === "Body") parts.push(el("pre", JSON.stringify(example(schema), null, 2)));
  }
  return parts;
}

function responses(all) {
  const good = Object.entries(all).filter(([status]) => status.startsWith("2"));
  return [
    el("h4", "Responses"),
    table(["Status", "Meaning"], Object.entries(all).map(([status, value]) => [el("code", status), value.description || ""])),
    ...good.flatMap(([status, value]) => content(value, `Answer ${status}`)),
  ];
}

function route(path, method, operation) {
  const made = el("details");
  made.id = operation.operationId || `${method}${path}`;
  const summary = el("summary", "", el("span", method.toUpperCase()), el("code", path), el("span", ` ${operation.summary || ""}`));
  summary.firstChild.className = "method";
  made.append(summary);
  made.dataset.words = `${method} ${path} ${operation.summary || ""} ${operation.description || ""}`.toLowerCase();
  made.addEventListener("toggle", () => {
    if (!made.open || made.querySelector(".inside")) return;
    const inside = el("div", "", el("p", operation.description || ""));
    inside.className = "inside";
    const parameters = (operation.parameters || []).map(resolve);
    if (parameters.length)
      inside.append(el("h4", "Parameters"), table(["Name", "In", "Type", "Meaning"], parameters.map((each) => [
        el("code", each.name + (each.required ? " *" : "")), each.in,
        [name(each.schema), limits(each.schema || {})].filter(Boolean).join("; "), each.description || "",
      ])));
    inside.append(...content(operation.requestBody, "Body").filter(Boolean), ...responses(operation.responses || {}).filter(Boolean));
    made.append(inside);
  });
  return made;
}

function show(document_) {
  schemas = (document_.components || {}).schemas || {};
  document.getElementById("about").textContent =
    `Version ${document_.info.version}. Send a key as “Authorization: Bearer cpk_…”. Fields marked * are required.`;
  const areas = new Map();
  for (const [path, item] of Object.entries(document_.paths))
    for (const method of METHODS)
      if (item[method]) {
        const tag = (item[method].tags || ["other"])[0];
        if (!areas.has(tag)) areas.set(tag, []);
        areas.get(tag).push(route(path, method, item[method]));
      }
  for (const [tag, routes] of areas) {
    const section = el("section", "", el("h2", tag), ...routes);
    section.id = `area-${tag}`;
    document.getElementById("routes").append(section);
    const link = el("a", `${tag} (${routes.length})`);
    link.href = `#area-${tag}`;
    document.getElementById("areas").append(link);
  }
  const linked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (linked && linked.tagName === "DETAILS") { linked.open = true; linked.scrollIntoView(); }
}

document.getElementById("find").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const each of document.querySelectorAll("details")) each.hidden = !words.every((word) => each.dataset.words.includes(word));
  for (const section of document.querySelectorAll("section")) section.hidden = !section.querySelector("details:not([hidden])");
});

fetch("/api/v1/openapi.json")
  .then((answer) => (answer.ok ? answer.json() : answer.json().then((problem) => Promise.reject(new Error(problem.detail || answer.status)))))
  .then(show)
  .catch((error) => { document.getElementById("about").textContent = `The description could not be loaded: ${error.message}`; });
