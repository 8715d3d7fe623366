// How long an auditor may look in.

/** An audit of a community takes weeks, not years. */
export const LINK_DAYS_MAX = 90;
