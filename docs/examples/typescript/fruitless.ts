// Prints what people searched in vain, most often first. `viewtracker.d.ts` is generated from the
// document, so that a misspelt path, parameter or property does not compile.
import createClient from "openapi-fetch";
import type { components, paths } from "./viewtracker.js";

type Search = components["schemas"]["Search"];

const client = createClient<paths>({
  baseUrl: process.env.VIEWTRACKER_BASE_URL,
  headers: { Authorization: `Bearer ${process.env.VIEWTRACKER_TOKEN}` },
});

async function searches(startDate: string, endDate: string): Promise<Search[]> {
  const rows: Search[] = [];
  for (let total = 1; rows.length < total; ) {
    const query = { startDate, endDate, start: rows.length, limit: 500 };
    const { data, error, response } = await client.GET("/api/v2/report/searches", { params: { query } });
    if (data === undefined) {
      throw new Error(`${response.status}: ${error.detail}`);
    }
    rows.push(...data.results);
    total = data.totalSize;
  }
  return rows;
}

const counts = new Map<string, number>();
for (const search of await searches("2026-01-01", "2026-01-31")) {
  if (search.numberOfResults === 0) {
    counts.set(search.searchTerm, (counts.get(search.searchTerm) ?? 0) + 1);
  }
}
for (const [term, count] of [...counts].sort((one, other) => other[1] - one[1])) {
  console.log(`${count}\t${term}`);
}
