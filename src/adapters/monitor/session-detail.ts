import type { SessionProfile } from "../../core/forecast/session-profile.ts";
import type { Millis } from "../../core/ports.ts";
import type { SessionId } from "../../core/units.ts";
import type { Gateway } from "../pool/gateway-pool.ts";
import type { SessionDirectory, SessionEntry } from "../pool/session-directory.ts";
import { sessionRow } from "./session-pages.ts";
import type { Decision, SessionDetail } from "./views.ts";

export interface DetailParts {
  readonly gateway: Gateway;
  readonly sessions: SessionDirectory;
  readonly history: SessionDetail["history"];
  readonly marks: readonly Decision[];
  readonly nowMs: Millis;
}

/** All that is known of one session; undefined: it has no open slot. */
export function sessionDetail(id: SessionId, parts: DetailParts): SessionDetail | undefined {
  const { gateway, sessions, history, marks, nowMs } = parts;
  const session = gateway.session(id);
  if (!session) return undefined;
  const entry = sessions.find(id);
  return {
    ...sessionRow(session, entry, gateway, nowMs),
    nowMs,
    ...rhythmOf(entry),
    dataTypes: entry?.summary?.dataTypes ?? entry?.profile?.dataTypes ?? {},
    ...(entry?.profile && { qos: entry.profile.qos, forecast: forecastOf(entry.profile) }),
    mirrors: gateway.mirrors(id),
    history,
    marks,
  };
}

function rhythmOf(entry: SessionEntry | undefined) {
  const periodMs = entry?.summary?.periodMs ?? entry?.profile?.periodMs;
  const periodConfidence = entry?.summary?.periodConfidence;
  const deviceProfile = entry?.deviceProfile?.name;
  return {
    ...(periodMs === undefined ? undefined : { periodMs }),
    ...(periodConfidence === undefined ? undefined : { periodConfidence }),
    ...(deviceProfile === undefined ? undefined : { deviceProfile }),
  };
}

function forecastOf({ atMs, stepMs, messages, bytes, model }: SessionProfile) {
  const { name, skill, trainedOn, members = [], seasonsMs = [] } = model;
  return { atMs, stepMs, messages, bytes, model: name, members, seasonsMs, skill, trainedOn };
}
