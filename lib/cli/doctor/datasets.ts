import { type DatasetReport, dataList } from "../../data/commands";
import type { Check } from "./check";

/** The data sets' state. One that is absent is fetched when it is first used: no problem, but good to know. */
export async function checkDatasets(): Promise<Check[]> {
  const { reports } = await dataList();
  return describeDatasets(reports);
}

export function describeDatasets(reports: readonly DatasetReport[]): Check[] {
  return reports.map(({ name, state, detail, bytes }) => {
    const title = `Data: ${name}`;
    if (state === "damaged") return { name: title, state: "problem", detail };
    if (state === "absent")
      return {
        name: title,
        state: "note",
        detail: `not here yet${bytes === undefined ? "" : `, ${(bytes / 1e6).toFixed(1)} MB`}; fetched when first used`,
        remedy: `npx reprise data fetch ${name}`,
      };
    return { name: title, state: "ok", detail };
  });
}
