/** `npm run test:faults -- --handover | --store`: real processes and real faults; ends with "N passed, N failed". */
const suite = process.argv.includes("--store") ? "./store-run.ts" : "./handover-run.ts";
await import(suite);
