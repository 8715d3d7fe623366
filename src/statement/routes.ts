// Public addresses: the communities, the months of one, a statement and its downloads. No sign-in, no personal data.
import { Router, type Request } from "express";
import { LRUCache } from "lru-cache";
import { statementCsv } from "../../reports/csv.ts";
import { statementPdf } from "../../reports/pdf.ts";
import { statementXlsx } from "../../reports/xlsx.ts";
import { isMonth, nextMonth, previousMonth, spokenMonth, type Month } from "../base/month.ts";
import { unknownCommunity } from "../ledger/service.ts";
import type { Db } from "../platform/db.ts";
import { ASK_AGAIN, FOREVER, ready, send, withStyle, type Ready } from "../platform/http.ts";
import { render } from "../platform/render.ts";
import { registeredNumbers } from "../resolution/service.ts";
import { isCommunityCode, type Community } from "../trust/rules.ts";
import { findCommunity, listCommunities } from "../trust/service.ts";
import { monthRow, paymentsPage, statementPage, type StatementPage } from "./page.ts";
import {
  findStatement,
  listStatements,
  newestMonth,
  notPublished,
  parseStatement,
  paymentsUnder,
  publicationOf,
  publicationsOf,
  revisionsOf,
  type Published,
} from "./service.ts";

const HTML = "text/html; charset=utf-8";
const CACHED_BYTES_MAX = 64 * 1024 * 1024;

export type DownloadFormat = "json" | "csv" | "xlsx" | "pdf" | "html";

/** What stands beside the months on a community's first page; rooms on the right know it. */
type Beside = (community: string) => Promise<object>;

export function statementRoutes(db: Db, beside: Beside): Router {
  const router = Router();
  // Rendered once, then sent from memory: a published revision never changes.
  const cache = new LRUCache<string, Ready>({
    maxSize: CACHED_BYTES_MAX,
    sizeCalculation: (answer) => answer.body.length + 1,
  });
  const cached = async (key: string, make: () => Promise<Ready>): Promise<Ready> => {
    const answer = cache.get(key) ?? (await make());
    cache.set(key, answer);
    return answer;
  };

  router.get("/", async (request, response) => send(request, response, await homePage(db)));
  router.get("/c/:code", async (request, response) =>
    send(request, response, await monthsPage(db, request.params.code, beside)),
  );
  router.get("/c/:code/:month", async (request, response) => {
    const { code, month } = request.params;
    send(request, response, await newestPage(db, code, month));
  });
  router.get("/c/:code/:month/paid/:account", async (request, response) => {
    const { code, month, account } = request.params;
    send(request, response, await paymentsOf(db, code, month, account));
  });
  router.get("/c/:code/:month/:file", async (request, response) => {
    const answer = await cached(request.path, () => revisionFile(db, request));
    send(request, response, answer);
  });
  return router;
}

async function homePage(db: Db): Promise<Ready> {
  const communities = await Promise.all(
    (await listCommunities(db)).map(async ({ code, name, trustee }) => {
      const newest = await newestMonth(db, code);
      const newestWords = newest === null ? "" : spokenMonth(newest);
      return { code, name, trustee, newestWords, href: `/c/${code}`, hasStatements: newest !== null };
    }),
  );
  return ready(render("home", { communities }), HTML, ASK_AGAIN);
}

async function monthsPage(db: Db, code: string, beside: Beside): Promise<Ready> {
  const community = await communityOr404(db, code);
  const all = await listStatements(db, code);
  const firsts = all.filter((published, index) => all[index - 1]?.month !== published.month);
  const newest = all.filter((published, index) => all[index + 1]?.month !== published.month);
  const told = newest.map((published, index) => ({ published, first: firsts[index] ?? published })).toReversed();
  const publications = await publicationsOf(db, code, told);
  const months = told.flatMap(({ published }, index) => {
    const publication = publications[index];
    return publication === undefined ? [] : [monthRow(parseStatement(published.bytes), publication)];
  });
  return ready(
    render("months", { ...(await beside(code)), community, months, hasMonths: months.length > 0 }),
    HTML,
    ASK_AGAIN,
  );
}

async function communityOr404(db: Db, code: string): Promise<Community> {
  // What cannot be a code never reaches the database: PostgreSQL refuses some characters with an error of its own.
  const community = isCommunityCode(code) ? await findCommunity(db, code) : null;
  if (community === null) {
    throw unknownCommunity(code);
  }
  return community;
}

async function publishedOr404(db: Db, code: string, month: string, revision?: number): Promise<Published> {
  const community = await communityOr404(db, code);
  const found = isMonth(month) ? await findStatement(db, community.code, month, revision) : null;
  if (found === null) {
    throw notPublished(code, month, revision);
  }
  return found;
}

/** The page of a stored statement: what every format is made from. */
export async function pageOf(db: Db, statement: Published): Promise<StatementPage> {
  const registered = await registeredNumbers(db, statement.community);
  return statementPage(parseStatement(statement.bytes), await publicationOf(db, statement), registered);
}

/** The moving page of a month: its newest revision, with ways to the months beside it. */
async function newestPage(db: Db, code: string, month: string): Promise<Ready> {
  const statement = await publishedOr404(db, code, month);
  const beside = async (other: Month): Promise<string> =>
    (await findStatement(db, code, other)) === null ? "" : `/c/${code}/${other}`;
  const revisions = await revisionsOf(db, code, month);
  return htmlOf(db, statement, {
    previous: await beside(previousMonth(statement.month)),
    next: await beside(nextMonth(statement.month)),
    revisions,
    cacheControl: ASK_AGAIN,
  });
}

async function htmlOf(
  db: Db,
  statement: Published,
  around: { previous: string; next: string; revisions: readonly number[]; cacheControl: string },
): Promise<Ready> {
  const { community, month, revision } = statement;
  const file = `/c/${community}/${month}/r${revision}`;
  const links = {
    months: `/c/${community}`,
    previous: around.previous,
    next: around.next,
    json: `${file}.json`,
    csv: `${file}.csv`,
    xlsx: `${file}.xlsx`,
    pdf: `${file}.pdf`,
    newest: `/c/${community}/${month}`,
    permalink: file,
  };
  const revisions = around.revisions.map((each) => ({
    href: `/c/${community}/${month}/r${each}`,
    label: `第 ${each} 版`,
    isCurrent: each === revision,
  }));
  const model = { page: await pageOf(db, statement), links, revisions, hasRevisions: revisions.length > 1 };
  return ready(render("statement", model), HTML, around.cacheControl);
}

/** The payments behind a figure of the month's newest revision. What vouchers show may change, so it is asked each time. */
async function paymentsOf(db: Db, code: string, month: string, account: string): Promise<Ready> {
  const statement = await publishedOr404(db, code, month);
  const told = parseStatement(statement.bytes);
  if (!told.paid.some((line) => line.account === account)) {
    throw notPublished(code, `${month}/paid/${account}`);
  }
  const payments = await paymentsUnder(db, statement, account);
  const registered = await registeredNumbers(db, code);
  return ready(render("statement-paid", paymentsPage(told, account, payments, registered)), HTML, ASK_AGAIN);
}

/** `r1` is the page of revision 1 for ever, `r1.pdf` its PDF, and so on. */
async function revisionFile(db: Db, request: Request): Promise<Ready> {
  const { code, month, file } = request.params as Record<"code" | "month" | "file", string>;
  const match = /^r([1-9]\d{0,5})(?:\.(json|csv|xlsx|pdf))?$/.exec(file);
  if (match === null) {
    throw notPublished(code, `${month}/${file}`);
  }
  const statement = await publishedOr404(db, code, month, Number(match[1]));
  const format = match[2] as DownloadFormat | undefined;
  if (format === undefined) {
    return htmlOf(db, statement, { previous: "", next: "", revisions: [], cacheControl: FOREVER });
  }
  const { body, type } = await download(db, statement, format);
  return ready(body, type, FOREVER, `${code}-${month}-r${statement.revision}.${format}`);
}

/** A published statement in the format asked for; each is a view of the same stored bytes. */
export async function download(
  db: Db,
  statement: Published,
  format: DownloadFormat,
): Promise<{ body: Buffer; type: string }> {
  switch (format) {
    case "json":
      return { body: Buffer.from(statement.bytes), type: "application/json; charset=utf-8" };
    case "csv":
      return { body: Buffer.from(statementCsv(await pageOf(db, statement))), type: "text/csv; charset=utf-8" };
    case "xlsx":
      return {
        body: await statementXlsx(await pageOf(db, statement)),
        type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      };
    case "pdf":
      return { body: await statementPdf(await pageOf(db, statement)), type: "application/pdf" };
    case "html": {
      const page = await htmlOf(db, statement, { previous: "", next: "", revisions: [], cacheControl: FOREVER });
      return { body: Buffer.from(withStyle(page.body.toString())), type: HTML };
    }
  }
}
