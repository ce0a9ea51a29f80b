// Reads HTML from the files named, and prints what programs for mail do not support in them, as JSON:
// { file: { "client family": ["<tag> or property", …] } }.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.MAILCHECK_TOOLS}/`);
const { caniemail } = await import(pathToFileURL(require.resolve("caniemail")).href);

const found = {};
for (const file of process.argv.slice(2)) {
  const { issues } = caniemail({ clients: JSON.parse(process.env.MAILCHECK_CLIENTS), html: readFileSync(file, "utf8") });
  const rows = {};
  for (const kind of ["errors", "warnings"]) {
    for (const [client, list] of issues[kind].entries()) {
      for (const one of list) {
        ((rows[client] ??= {})[kind] ??= new Set()).add(one.title);
      }
    }
  }
  found[file] = rows;
}
console.log(JSON.stringify(found, (_, value) => (value instanceof Set ? [...value].sort() : value)));
