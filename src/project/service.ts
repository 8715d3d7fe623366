// The repair fund's projects at work: opened by a resolution, ended when the work is done.
import { z } from "zod";
import { toYuan } from "../base/money.ts";
import { dayAt } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { command, note, query } from "../door/service.ts";
import type { Db } from "../platform/db.ts";
import { words } from "../platform/input.ts";
import { isOpen, type ProjectState } from "./rules.ts";
import * as store from "./store.ts";

export { insertProject, paymentsOn, projectsOf, projectsQuestion } from "./store.ts";

const projectOutput = z.object({
  resolution: z.string(),
  name: z.string(),
  amount: z.string().meta({ examples: ["1234.50"] }),
  paid: z.string(),
  accounts: z.array(z.string()),
  state: z.enum(["open", "ended", "void"]),
});

function projectRecord(project: ProjectState): z.input<typeof projectOutput> {
  const { resolution, name, amount, paid, accounts, isVoid } = project;
  const closed = isVoid ? "void" : "ended";
  return {
    resolution,
    name,
    amount: toYuan(amount),
    paid: toYuan(paid),
    accounts: [...accounts],
    state: isOpen(project) ? "open" : closed,
  };
}

export const listProjects = query({
  name: "listProjects",
  title: "维修资金项目",
  may: "anyone",
  input: z.object({}),
  output: z.object({ items: z.array(projectOutput) }),
  run: async ({ db, community }) => ({ items: (await store.projectsOf(db, community)).map(projectRecord) }),
});

async function projectOr404(db: Db, community: string, resolution: string): Promise<ProjectState> {
  const project = (await store.projectsOf(db, community)).find((each) => each.resolution === resolution);
  if (project === undefined) {
    throw refuse("PROJECT_UNKNOWN", `决议「${resolution}」没有开立维修资金项目。`, "请在决议登记簿里找。", 404);
  }
  return project;
}

/** Ends a project: what was not paid is free for other projects. */
export const endProject = command({
  name: "endProject",
  title: "结束维修资金项目",
  may: "resolution.record",
  input: z.object({ number: words(60).meta({ description: "决议编号" }), reason: words(200) }),
  output: projectOutput,
  run: async (call, { number, reason }) => {
    const { tx, community, actor, now } = call;
    const project = await projectOr404(tx, community, number);
    if (!isOpen(project)) {
      throw refuse("PROJECT_OVER", `项目「${project.name}」已经结束。`, "需要再用维修资金，请另作决议。", 409);
    }
    const on = dayAt(now);
    await store.insertEnd(tx, community, number, { on, reason }, { by: actor.id, at: now });
    await note(call, "project ended", { name: project.name, reason });
    return projectRecord({ ...project, ended: { on, reason } });
  },
});
