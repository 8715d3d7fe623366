// Where proofs of delivery are checked; the page on which owners say that they saw a notice is that of their ballots.
import { assemblyOr404 } from "../assembly/service.ts";
import { stageOf } from "../assembly/rules.ts";
import { API, api, DESK, form, page, type Route, type Typed, type View } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { readInput } from "../platform/input.ts";
import { proofLine } from "./page.ts";
import { checkDeliveries, listDeliveryProofs, readNotice } from "./service.ts";

const HERE = `${DESK}/assemblies/:id/deliveries/proofs`;
const ASSEMBLY = `${API}/assemblies/:id`;

async function proofsView(call: Reading, words: Typed): Promise<View> {
  const { id } = readInput(listDeliveryProofs.input, words);
  const assembly = await assemblyOr404(call.db, call, id);
  const { items } = await listDeliveryProofs.run(call, { id });
  return {
    view: "delivery-proofs",
    model: {
      title: assembly.title,
      base: `/desk/${call.community}/assemblies/${id}`,
      isOpen: ["notice", "voting"].includes(stageOf(assembly, call.now)),
      proofs: items.map(proofLine),
    },
  };
}

export const deliveryRoutes: readonly Route[] = [
  page(HERE, "assembly.run", proofsView),
  form(`${HERE}/:sha`, checkDeliveries, {
    done: (_output, { code = "", id = "" }) => `/desk/${code}/assemblies/${id}/deliveries/proofs`,
    again: proofsView,
  }),

  api("get", `${ASSEMBLY}/delivery-proofs`, listDeliveryProofs),
  api("post", `${ASSEMBLY}/delivery-proofs/:sha/check`, checkDeliveries, { status: 201 }),
  api("post", `${ASSEMBLY}/reading`, readNotice, { status: 201 }),
];
