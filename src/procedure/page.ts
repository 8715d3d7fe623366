// The rules of procedure in words.
import { day, spokenDay } from "../base/month.ts";

interface VersionOutput {
  readonly version: number;
  readonly from: string | null;
  readonly resolution: string | null;
}

interface ProcedureOutput extends VersionOutput {
  readonly words: readonly {
    readonly name: string;
    readonly value: string;
    readonly otherwise: string;
    readonly meaning: string;
    readonly source: string;
  }[];
  readonly history: readonly VersionOutput[];
}

export function procedurePage(procedure: ProcedureOutput, code: string) {
  return {
    basis:
      procedure.resolution === null
        ? "还没有表决过自己的议事规则，以下都是默认规则。"
        : `第 ${procedure.version} 版，${fromWords(procedure)}。`,
    settings: procedure.words.map(({ value, otherwise, ...words }) => ({
      ...words,
      value,
      otherwise: value === otherwise ? "" : `默认是${otherwise}。`,
    })),
    history: procedure.history.map((version) => ({
      name: `第 ${version.version} 版`,
      from: fromWords(version),
      resolution: version.resolution ?? "",
      href: `/c/${code}/resolutions/${version.resolution ?? ""}`,
    })),
    hasHistory: procedure.history.length > 0,
  };
}

function fromWords({ from }: VersionOutput): string {
  return from === null ? "" : `${spokenDay(day(from))}起施行`;
}
