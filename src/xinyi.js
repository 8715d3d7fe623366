#!/usr/bin/env node
// The package's bin: runs the TypeScript command line from wherever it is called.
import { register } from "tsx/esm/api";

register();
await import("./cli.ts");
