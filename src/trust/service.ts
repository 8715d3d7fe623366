// What other rooms ask about the community and its deed.
export {
  bankAccountsOf,
  deedVersionsOf,
  findCommunity,
  insertBankAccounts,
  insertCommunity,
  insertDeedVersions,
  listCommunities,
} from "./store.ts";
