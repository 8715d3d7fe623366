// What other rooms ask of assemblies, their matters and their roll.
export {
  assembliesOf,
  assemblyQuestion,
  findAssembly,
  findHead,
  headsOfOwners,
  mattersOf,
  recordClosed,
  recordFinished,
  rollOf,
} from "./store.ts";
