// The rules of procedure as everybody reads them, and the same as JSON.
import { API, api, page, type Route } from "../door/routes.ts";
import { procedurePage } from "./page.ts";
import { showProcedure } from "./service.ts";

export const procedureRoutes: readonly Route[] = [
  page("/c/:code/procedure", "anyone", async (call) => ({
    view: "procedure",
    model: procedurePage(await showProcedure.run(call, {}), call.community),
  })),
  api("get", `${API}/procedure`, showProcedure),
];
