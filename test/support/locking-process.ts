/** Opens the SQLite file that its argument names, takes its write lock, and tells the parent. */
import { DatabaseSync } from "node:sqlite";

const [, , path = ""] = process.argv;
const db = new DatabaseSync(path);
db.exec("BEGIN IMMEDIATE");
process.send?.("locked");
process.once("message", () => {
  db.exec("COMMIT");
  process.send?.("let go");
});
