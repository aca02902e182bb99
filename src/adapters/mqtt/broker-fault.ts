/** What Node.js and mqtt.js call a fault, and what a flow author can do about it. */
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "no broker listens there: start it, or correct the pool's broker",
  ENOTFOUND: "no such host name: correct the pool's broker",
  EAI_AGAIN: "the host name can't be looked up now",
  ETIMEDOUT: "no answer",
  EHOSTUNREACH: "the host can't be reached",
  ENETUNREACH: "the network can't be reached",
  ECONNRESET: "the broker closed the connection; does it speak TLS on this port?",
  EPROTO: "TLS fails; does the broker speak TLS on this port?",
  ERR_SSL_WRONG_VERSION_NUMBER: "the broker does not speak TLS on this port",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the broker does not speak TLS on this port",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed: give its CA in the TLS configuration",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate's CA is not known: give it in the TLS configuration",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate's CA is not known: give it in the TLS configuration",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate's CA is not known: give it in the TLS configuration",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host name",
};
/** Return codes of CONNACK (MQTT 3.1.1 section 3.2.2.3). */
const BY_RETURN_CODE: readonly (string | undefined)[] = [
  undefined,
  "it does not speak MQTT 3.1.1",
  "it refuses the client id",
  "it is not available now",
  "it refuses the user or the password",
  "it does not let this user in",
];

/** A connection's fault in one line; never holds a credential. */
export function faultText(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const known = typeof code === "number" ? BY_RETURN_CODE[code] : BY_CODE[String(code)];
  if (known) return typeof code === "string" ? `${known} (${code})` : known;
  return typeof message === "string" && message !== "" ? message : String(code ?? error);
}
