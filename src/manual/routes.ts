// The API's own description: for programs as OpenAPI, for people as a page.
import { file, page, type Route } from "../door/routes.ts";
import { ASK_AGAIN, ready } from "../platform/http.ts";
import { manualSections } from "./page.ts";
import { manualOf } from "./service.ts";

export function manualRoutes(routes: readonly Route[]): Route[] {
  return [
    page("/api/v1", "anyone", async ({ publicUrl }) => {
      const { paths } = manualOf(routes, publicUrl);
      return { view: "manual", model: { sections: manualSections(paths) } };
    }),
    file("/api/v1/openapi.json", "anyone", async ({ publicUrl }) =>
      ready(JSON.stringify(manualOf(routes, publicUrl), null, 1), "application/json; charset=utf-8", ASK_AGAIN),
    ),
  ];
}
