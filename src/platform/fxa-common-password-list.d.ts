// Types of the list of leaked passwords, which brings none.
declare module "fxa-common-password-list" {
  const list: { test(password: string): boolean };
  export = list;
}
