// The house's rules that no type can express (ARCHITECTURE.md, “Rooms”). Each failure says what to do instead.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

/** Left to right: a room imports only from its left. */
const ROOMS = [
  "base",
  "platform",
  "people",
  "tally",
  "trust",
  "door",
  "manual",
  "access",
  "account",
  "recovery",
  "admission",
  "letter",
  "identity",
  "auditor",
  "operator",
  "log",
  "ledger",
  "voucher",
  "paper",
  "resolution",
  "procedure",
  "tariff",
  "revenue",
  "fees",
  "receipt",
  "standing",
  "budget",
  "project",
  "plan",
  "draft",
  "simulator",
  "draw",
  "repair",
  "supplier",
  "release",
  "request",
  "spending",
  "payment",
  "banklayout",
  "bankfile",
  "bank",
  "matching",
  "bankimport",
  "reconciliation",
  "period",
  "statement",
  "recall",
  "execution",
  "handover",
  "council",
  "effect",
  "caller",
  "assembly",
  "delivery",
  "ballot",
  "outcome",
  "agenda",
  "desk",
  "intake",
  "trail",
  "proof",
];

const TOP_LEVEL = ["migrations", "reports", "src", "test", "views"];

/** The walls of a room; base and platform are named by what they hold. */
const WALLS = ["page.ts", "routes.ts", "rules.ts", "service.ts", "store.ts"];

interface SourceFile {
  readonly name: string;
  readonly room: string;
  readonly wall: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted();
}

function sourceFile(name: string): SourceFile {
  const text = readFileSync(name, "utf8");
  const [, room = "", wall = ""] = name.split(path.sep);
  const imports = [...text.matchAll(/^(?:import|export)\s[^;]*?from "(\.[^"]+)"/gmu)].map((match) =>
    path.join(path.dirname(name), match[1] ?? ""),
  );
  return { name, room: wall === "" ? "" : room, wall, text, imports };
}

const files = filesBelow("src").map(sourceFile);
const inRooms = files.filter((file) => file.room !== "");

describe("the house", () => {
  it("has these folders at the top and no others", () => {
    const folders = readdirSync(".", { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .filter((name) => !["node_modules", "data", "coverage"].includes(name));
    expect(folders.toSorted()).to.deep.equal(TOP_LEVEL);
  });

  it("knows every room, here and in ARCHITECTURE.md: add a new one at the place its imports allow", () => {
    const rooms = [...new Set(inRooms.map((file) => file.room))];
    const [, table = ""] = readFileSync("ARCHITECTURE.md", "utf8").split("## Rooms");
    const described = [...table.matchAll(/^\| (\w+) +\|/gmu)]
      .map(([, room = ""]) => room)
      .filter((room) => room !== "room");
    expect(rooms.toSorted()).to.deep.equal(ROOMS.toSorted());
    expect(described).to.deep.equal(ROOMS);
  });

  it("builds rooms from the same walls: put other code into the wall it belongs to", () => {
    const others = inRooms.filter((file) => !["base", "platform"].includes(file.room) && !WALLS.includes(file.wall));
    expect(others.map((file) => file.name)).to.deep.equal([]);
  });

  it("lets a room import only from its left: move the shared part left, or pass it in as a fact", () => {
    const wrong = inRooms.flatMap((file) =>
      file.imports
        .map((target) => target.split(path.sep)[1] ?? "")
        .filter((room) => ROOMS.indexOf(room) > ROOMS.indexOf(file.room))
        .map((room) => `${file.name} → ${room}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it("keeps rules pure: rules import rules and base, never a store, a service, a database or a clock", () => {
    const wrong = files
      .filter((file) => file.wall === "rules.ts" || file.wall === "page.ts")
      .flatMap((file) => [
        ...file.imports
          .filter((target) => !/(?:^src\/base\/|\/rules\.ts$|platform\/csv\.ts$)/u.test(target))
          .map((target) => `${file.name} → ${target}`),
        ...[...file.text.matchAll(/new Date|Date\.now|Math\.random|from "(?:knex|express|node:fs[^"]*)"/gu)].map(
          (match) => `${file.name}: ${match[0]}`,
        ),
      ]);
    expect(wrong).to.deep.equal([]);
  });

  it("keeps SQL in stores: services ask the store of their own room, others ask its service", () => {
    const wrong = inRooms.flatMap((file) =>
      file.imports
        .filter((target) => target.endsWith("/store.ts") && path.dirname(target) !== path.dirname(file.name))
        .map((target) => `${file.name} → ${target}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it("lets only the ledger write the journal: post an entry through ledger/service", () => {
    const writers = files.filter(
      (file) =>
        /(?:insertAll\(\s*\w+,\s*|table: |insert\s+into\s+)"?(?:entry|entry_line|balance)\b/u.test(file.text) &&
        file.name !== path.join("src", "ledger", "store.ts"),
    );
    expect(writers.map((file) => file.name)).to.deep.equal([]);
  });

  it("touches a database driver in one file only, so that another driver is a change of that file", () => {
    const drivers = files.filter((file) => /from "(?:pg|sqlite3|knex\/lib[^"]*)"/u.test(file.text));
    expect(drivers.map((file) => file.name)).to.deep.equal([path.join("src", "platform", "db.ts")]);
  });

  it("opens transactions through runTx only: it locks the community and handles a failed commit", () => {
    const openers = files.filter(
      (file) => /\.transaction\(/u.test(file.text) && file.name !== path.join("src", "platform", "db.ts"),
    );
    expect(openers.map((file) => file.name)).to.deep.equal([]);
  });

  it("has no barrels, no default exports and no catch-all files: import from the file that means it", () => {
    const wrong = [...files.map((file) => file.name), ...filesBelow("reports"), ...filesBelow("test")].filter(
      (name) =>
        /(?:^|\/)(?:index|utils?|helpers?|types)\.ts$/u.test(name) ||
        /^export default|^export \*/mu.test(readFileSync(name, "utf8")),
    );
    expect(wrong).to.deep.equal([]);
  });

  it("says in each file's first line what the file is for", () => {
    const silent = [...files.map((file) => file.name), ...filesBelow("reports"), ...filesBelow("migrations")].filter(
      (name) => !/^(?:#!.*\n)?\/\/ /u.test(readFileSync(name, "utf8")),
    );
    expect(silent).to.deep.equal([]);
  });
});
