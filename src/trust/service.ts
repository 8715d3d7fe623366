// What other rooms ask about the community and its deed.
export {
  bankAccountsOf,
  bankAccountsQuestion,
  communityQuestion,
  deedVersionsOf,
  deedVersionsQuestion,
  findCommunity,
  insertBankAccounts,
  insertCommunity,
  insertDeedVersions,
  listCommunities,
} from "./store.ts";
