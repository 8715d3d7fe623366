// A server of votes in a process of its own, to be killed: on the database it is told, at one moment of the voting.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buildApp, openBooks } from "../../src/app.ts";

const [url = "", moment = ""] = process.argv.slice(2);
const db = await openBooks(url);
const server = buildApp(db, { clock: () => new Date(moment) }).listen(0, "127.0.0.1");
await once(server, "listening");
process.send?.((server.address() as AddressInfo).port);
