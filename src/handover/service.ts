// Handovers at work: what a new company must find in order, each point with where to see it.
export { handoversOf, insertHandover } from "./store.ts";
