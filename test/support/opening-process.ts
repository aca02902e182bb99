/** Opens the stores of the paths it is given, one after the other, and says how each went, a line of JSON for each. */
import { SqliteDriver } from "../../src/adapters/store/sqlite-driver.ts";

for (const path of process.argv.slice(2)) {
  const driver = new SqliteDriver({ path });
  const error: unknown = await driver.open().catch((cause: unknown) => cause);
  await driver.close();
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  process.stdout.write(`${JSON.stringify({ code, message })}\n`);
}
