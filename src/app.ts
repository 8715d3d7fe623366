// Composition: what every room is given, and which room answers which address. No logic.
import express, { type Express } from "express";
import helmet from "helmet";
import { migrate } from "./platform/migrations.ts";
import { openDatabase, type Db, type DatabaseUrl } from "./platform/db.ts";
import { answerErrors, answerUnknown, stylesheet } from "./platform/http.ts";
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

/** The web application over an open database. */
export function buildApp(db: Db): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.use(
    helmet({
      // Pages carry no script and no inline style; a local installation may be served without TLS.
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
  app.get("/style.css", stylesheet());
  app.get("/healthz", async (_request, response) => {
    await db.raw("select 1");
    response.type("text").send("ok\n");
  });
  app.use(statementRoutes(db));
  app.use(answerUnknown);
  app.use(answerErrors);
  return app;
}
