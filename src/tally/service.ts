// Reading a list of ballots, whatever its size.
import { readCsv, type Listener } from "../platform/csv.ts";
import { addBallot, BALLOT_COLUMNS, NO_VOTES, readBallot, type Area, type Votes } from "./rules.ts";

/** What came in for each choice; whatever is wrong goes to the listener, and what is wrong does not count. */
export async function readBallots(file: string, roll: ReadonlyMap<string, Area>, listener: Listener): Promise<Votes> {
  const lines = new Map<string, number>();
  let votes = NO_VOTES;
  for await (const row of readCsv(file, BALLOT_COLUMNS, listener)) {
    const read = readBallot(row, { roll, lines });
    if ("faults" in read) {
      read.faults.forEach(listener.fault);
    } else {
      lines.set(read.ballot.head, row.line);
      votes = addBallot(votes, read.ballot);
    }
  }
  return votes;
}
