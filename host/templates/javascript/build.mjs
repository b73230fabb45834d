// Makes the component: run by `valence hook build`.

import { readFile, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";

const { component } = await componentize(await readFile("hook.js", "utf8"), {
  sourceName: "hook.js",
  witPath: "wit",
  worldName: "hook",
  // Valence offers no WASI, and refuses a component that asks for it.
  disableFeatures: ["random", "stdio", "clocks", "http", "fetch-event"],
});
await writeFile("{{name}}.wasm", component);
