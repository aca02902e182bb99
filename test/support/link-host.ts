/** A host process that announces itself and says so; a test kills it. Arguments: broker's URL, pool, host. */
import { MqttLink } from "../../src/adapters/mqtt/mqtt-link.ts";
import { hostLoad } from "./host-load.ts";

const [, , url = "", pool = "", host = ""] = process.argv;
const link = new MqttLink({ pool, broker: { url } });
link.announce(hostLoad({ host, incarnation: "killed" }));
link.onState((state) => process.stdout.write(`${state}\n`));
