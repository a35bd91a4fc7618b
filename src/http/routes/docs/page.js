// Shows /openapi.json. Builds elements only: no text of the document is ever read as markup.
"use strict";

const METHODS = ["get", "post", "patch", "put", "delete"];

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

// Texts of the document know `code`, **bold** and paragraphs.
function prose(text) {
  const inline = (part) =>
    part.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((piece) => {
      if (piece.startsWith("`")) return make("code", {}, piece.slice(1, -1));
      if (piece.startsWith("**")) return make("strong", {}, piece.slice(2, -2));
      return piece;
    });
  return (text ?? "").split(/\n\s*\n/).filter(Boolean).map((part) => make("p", {}, ...inline(part)));
}

const refName = (schema) => schema?.$ref?.split("/").pop();

function typeOf(schema) {
  if (!schema) return "any";
  const name = refName(schema);
  if (name) return make("a", { href: `#schema-${name}` }, name);
  const either = schema.oneOf ?? schema.anyOf;
  if (either) return make("span", {}, ...either.flatMap((one, at) => (at ? [" or ", typeOf(one)] : [typeOf(one)])));
  if (schema.enum) return make("span", {}, ...schema.enum.flatMap((one, at) => (at ? [", ", make("code", {}, String(one))] : [make("code", {}, String(one))])));
  const type = [schema.type ?? "any"].flat();
  if (type.includes("array")) return make("span", {}, "list of ", typeOf(schema.items));
  return type.join(" or ") + (schema.format ? ` (${schema.format})` : "");
}

function limits(schema) {
  const words = { minLength: "at least", maxLength: "at most", minimum: "from", maximum: "to", minItems: "at least", maxItems: "at most" };
  const said = Object.entries(words).filter(([name]) => schema?.[name] !== undefined).map(([name, word]) => `${word} ${schema[name]}`);
  if (schema?.default !== undefined) said.push(`default ${JSON.stringify(schema.default)}`);
  if (schema?.pattern) said.push(`pattern ${schema.pattern}`);
  return said.length ? make("p", {}, make("small", {}, said.join(", "))) : null;
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
}

function row(...cells) {
  return make("tr", {}, ...cells.map((cell) => make("td", {}, ...[cell].flat().filter((part) => part !== null))));
}

// An example out of a schema's own examples; `seen` ends recursion.
function example(schema, all, seen = []) {
  if (!schema) return null;
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  const name = refName(schema);
  if (name) return seen.includes(name) ? {} : example(all[name], all, [...seen, name]);
  const either = schema.oneOf ?? schema.anyOf;
  if (either) return example(either.find((one) => one.type !== "null") ?? either[0], all, seen);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => example(one, all, seen)));
  if (schema.enum) return schema.enum[0];
  const type = [schema.type].flat()[0];
  if (type === "array") return [example(schema.items, all, seen)];
  if (type === "object" || schema.properties) {
    const fields = Object.entries(schema.properties ?? {});
    return Object.fromEntries(fields.map(([field, one]) => [field, example(one, all, seen)]));
  }
  return { string: "…", integer: 0, number: 0, boolean: false }[type] ?? null;
}

function body(title, content, all) {
  return Object.entries(content ?? {}).flatMap(([mediaType, { schema }]) => {
    const shown = mediaType.includes("json") ? make("pre", {}, make("code", {}, JSON.stringify(example(schema, all), null, 2))) : null;
    return [make("p", {}, make("strong", {}, title), " ", make("code", {}, mediaType), " ", typeOf(schema)), shown];
  });
}

function parameters(operation) {
  const rows = (operation.parameters ?? []).map((one) =>
    row(make("code", {}, one.name), one.in + (one.required ? ", required" : ""), typeOf(one.schema), [...prose(one.description), limits(one.schema)]));
  return rows.length ? [make("h4", {}, "Parameters"), table(["Name", "In", "Type", "Meaning"], rows)] : [];
}

// Answers that many operations share stand once in the document.
let shared = {};

function responses(operation, all) {
  const found = Object.entries(operation.responses ?? {}).map(([status, one]) => [status, shared[refName(one)] ?? one]);
  const entries = found.sort();
  const rows = entries.map(([status, one]) => row(make("code", {}, status), prose(one.description.replace(/^- /gm, "\n"))));
  const good = entries.filter(([status]) => status < "300").flatMap(([status, one]) => body(status, one.content, all));
  return [make("h4", {}, "Answers"), table(["Status", "Meaning"], rows), ...good];
}

function operation(path, method, one, all) {
  const scope = Object.values(one.security?.[0] ?? {})[0]?.[0];
  const title = make("h3", {}, make("span", { class: "method" }, method.toUpperCase()), " ", make("code", {}, path), " ", scope ? make("span", { class: "scope" }, scope) : null);
  const asked = body("Body", one.requestBody?.content, all);
  return make("article", { id: one.operationId }, title, make("p", {}, make("strong", {}, one.summary ?? "")), ...prose(one.description),
    ...parameters(one), ...asked.filter(Boolean), ...responses(one, all).filter(Boolean));
}

function schemaArticle(name, schema) {
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties ?? {}).map(([field, one]) =>
    row(make("code", {}, field), required.includes(field) ? "always" : "", typeOf(one), [...prose(one.description), limits(one)]));
  const fields = rows.length ? table(["Field", "", "Type", "Meaning"], rows) : make("p", {}, typeOf(schema));
  return make("article", { id: `schema-${name}` }, make("h3", {}, name), ...prose(schema.description), fields);
}

function show(openapi) {
  const all = openapi.components?.schemas ?? {};
  shared = openapi.components?.responses ?? {};
  const byTag = new Map();
  for (const [path, item] of Object.entries(openapi.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? "Other";
      byTag.set(tag, [...(byTag.get(tag) ?? []), [path, method, item[method]]]);
    }
  }
  const contents = document.getElementById("contents");
  const operations = document.getElementById("operations");
  operations.replaceChildren();
  document.getElementById("about").append(...prose(openapi.info.description));
  for (const [tag, entries] of byTag) {
    const links = entries.map(([, , one]) => make("li", {}, make("a", { href: `#${one.operationId}` }, one.summary ?? one.operationId)));
    contents.append(make("h2", {}, tag), make("ul", {}, ...links));
    operations.append(make("h2", {}, tag), ...entries.map(([path, method, one]) => operation(path, method, one, all)));
  }
  document.getElementById("schemas").append(make("h2", {}, "Schemas"), ...Object.entries(all).map(([name, one]) => schemaArticle(name, one)));
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => document.getElementById("operations").replaceChildren(make("p", {}, `The document could not be shown: ${error}`)));
