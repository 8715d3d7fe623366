// Composition: what every room is given, and which room answers which address. No logic.
import os from "node:os";
import path from "node:path";
import express, { type Express } from "express";
import helmet from "helmet";
import { accessRoutes } from "./access/routes.ts";
import { openGate } from "./access/service.ts";
import { bankRoutes } from "./bank/routes.ts";
import { mount, type Route } from "./door/routes.ts";
import type { Door } from "./door/service.ts";
import { openDatabase, type Db, type DatabaseUrl } from "./platform/db.ts";
import { openFiles } from "./platform/files.ts";
import { answerErrors, answerUnknown, asset } from "./platform/http.ts";
import { migrate } from "./platform/migrations.ts";
import { reconciliationRoutes } from "./reconciliation/routes.ts";
import { statementRoutes } from "./statement/routes.ts";

/** Opens the database and brings it to this version. */
export async function openBooks(url: DatabaseUrl): Promise<Db> {
  const db = await openDatabase(url);
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Everything that needs to know who asks: pages, forms, files and the API, in the order in which they are tried. */
export const ROUTES: readonly Route[] = [...accessRoutes, ...bankRoutes, ...reconciliationRoutes];

export interface AppOptions {
  /** Where files are kept: vouchers and their copies. */
  readonly filesFolder?: string;
  /** Where people reach it, without a slash at the end. */
  readonly publicUrl?: string;
  readonly clock?: () => Date;
}

/** What everything that people do stands on. */
export function openDoor(db: Db, options: AppOptions = {}): Door {
  const publicUrl = options.publicUrl ?? "http://localhost:3000";
  return {
    db,
    gate: openGate(db, { isSecure: publicUrl.startsWith("https:") }),
    files: openFiles(options.filesFolder ?? path.join(os.tmpdir(), "xinyi-files")),
    publicUrl,
    clock: options.clock ?? (() => new Date()),
  };
}

/** The web application over an open database. */
export function buildApp(db: Db, options: AppOptions = {}): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  // One proxy that ends TLS may stand before it; throttles count the address it names.
  app.set("trust proxy", "loopback");
  app.use(
    helmet({
      // Public pages carry no script and no inline style; a local installation may be served without TLS.
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
        },
      },
      strictTransportSecurity: false,
    }),
  );
  for (const name of ["style.css", "bank.js", "desk.js"]) {
    app.get(`/${name}`, asset(name));
  }
  app.get("/healthz", async (_request, response) => {
    await db.raw("select 1");
    response.type("text").send("ok\n");
  });
  app.use(mount(openDoor(db, options), ROUTES));
  app.use(statementRoutes(db));
  app.use(answerUnknown);
  app.use(answerErrors);
  return app;
}
