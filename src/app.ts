// Composition: what every room is given, and which room answers which address. No logic.
import os from "node:os";
import path from "node:path";
import express, { type Express } from "express";
import helmet from "helmet";
import { openGate } from "./access/service.ts";
import { accountRoutes } from "./account/routes.ts";
import { admissionRoutes } from "./admission/routes.ts";
import { agendaRoutes } from "./agenda/routes.ts";
import { frontOf } from "./agenda/service.ts";
import { assemblyRoutes } from "./assembly/routes.ts";
import { auditorRoutes } from "./auditor/routes.ts";
import { deliveryRoutes } from "./delivery/routes.ts";
import { ballotRoutes } from "./ballot/routes.ts";
import { bankRoutes } from "./bank/routes.ts";
import { bankImportRoutes } from "./bankimport/routes.ts";
import { councilRoutes } from "./council/routes.ts";
import { mount, type Route } from "./door/routes.ts";
import type { Door } from "./door/service.ts";
import { effectRoutes } from "./effect/routes.ts";
import { deskRoutes } from "./desk/routes.ts";
import { draftRoutes } from "./draft/routes.ts";
import { executionRoutes } from "./execution/routes.ts";
import { feesRoutes } from "./fees/routes.ts";
import { handoverRoutes } from "./handover/routes.ts";
import { identityRoutes } from "./identity/routes.ts";
import { letterRoutes } from "./letter/routes.ts";
import { logRoutes } from "./log/routes.ts";
import { tellEvent } from "./log/service.ts";
import { manualRoutes } from "./manual/routes.ts";
import { outcomeRoutes } from "./outcome/routes.ts";
import { operatorRoutes } from "./operator/routes.ts";
import { openDatabase, type Db, type DatabaseUrl } from "./platform/db.ts";
import { openFiles } from "./platform/files.ts";
import { answerErrors, answerUnknown, asset } from "./platform/http.ts";
import { migrate } from "./platform/migrations.ts";
import { paymentRoutes } from "./payment/routes.ts";
import { procedureRoutes } from "./procedure/routes.ts";
import { planRoutes } from "./plan/routes.ts";
import { receiptRoutes } from "./receipt/routes.ts";
import { revenueRoutes } from "./revenue/routes.ts";
import { standingRoutes } from "./standing/routes.ts";
import { recoveryRoutes } from "./recovery/routes.ts";
import { simulatorRoutes } from "./simulator/routes.ts";
import { spendingRoutes } from "./spending/routes.ts";
import { recallRoutes } from "./recall/routes.ts";
import { reconciliationRoutes } from "./reconciliation/routes.ts";
import { statementRoutes } from "./statement/routes.ts";
import { supplierRoutes } from "./supplier/routes.ts";
import { tariffRoutes } from "./tariff/routes.ts";
import { voucherRoutes } from "./voucher/routes.ts";

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

/**
 * What people do here, in the order in which it stands in the navigation: the daily work first, then what is decided, by
 * whom, and what was done.
 */
const WORK: readonly Route[] = [
  ...deskRoutes,
  ...agendaRoutes,
  ...spendingRoutes,
  ...paymentRoutes,
  ...supplierRoutes,
  ...standingRoutes,
  ...feesRoutes,
  ...receiptRoutes,
  ...tariffRoutes,
  ...revenueRoutes,
  ...bankRoutes,
  ...bankImportRoutes,
  ...reconciliationRoutes,
  ...recallRoutes,
  ...voucherRoutes,
  ...planRoutes,
  ...draftRoutes,
  ...simulatorRoutes,
  ...executionRoutes,
  ...procedureRoutes,
  ...assemblyRoutes,
  ...deliveryRoutes,
  ...ballotRoutes,
  ...outcomeRoutes,
  ...effectRoutes,
  ...handoverRoutes,
  ...councilRoutes,
  ...accountRoutes,
  ...recoveryRoutes,
  ...admissionRoutes,
  ...letterRoutes,
  ...identityRoutes,
  ...auditorRoutes,
  ...operatorRoutes,
  ...logRoutes,
];

/** Everything that needs to know who asks: pages, forms, files and the API, in the order in which they are tried. */
export const ROUTES: readonly Route[] = [...WORK, ...manualRoutes(WORK)];

export interface AppOptions {
  /** Where files are kept: vouchers and their copies. */
  readonly filesFolder?: string;
  /** Where people reach it, without a slash at the end. */
  readonly publicUrl?: string;
  readonly clock?: () => Date;
}

const YEAR_SECONDS = 31_536_000;

function isSecure({ publicUrl = "" }: AppOptions): boolean {
  return publicUrl.startsWith("https:");
}

/** What everything that people do stands on. */
export function openDoor(db: Db, options: AppOptions = {}): Door {
  const publicUrl = options.publicUrl ?? "http://localhost:3000";
  return {
    db,
    gate: openGate(db, { isSecure: isSecure(options) }),
    files: openFiles(options.filesFolder ?? path.join(os.tmpdir(), "xinyi-files")),
    publicUrl,
    clock: options.clock ?? (() => new Date()),
    tell: tellEvent,
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
      // Without any referrer, older browsers would not say either where a form comes from.
      referrerPolicy: { policy: "same-origin" },
      strictTransportSecurity: isSecure(options) ? { maxAge: YEAR_SECONDS, includeSubDomains: false } : false,
    }),
  );
  for (const name of ["style.css", "bank.js", "desk.js", "redact.js", "spend.js"]) {
    app.get(`/${name}`, asset(name));
  }
  app.get("/healthz", async (_request, response) => {
    await db.raw("select 1");
    response.type("text").send("ok\n");
  });
  app.use(mount(openDoor(db, options), ROUTES));
  const now = options.clock ?? (() => new Date());
  app.use(statementRoutes(db, (community) => frontOf(db, community, now())));
  app.use(answerUnknown);
  app.use(answerErrors);
  return app;
}
