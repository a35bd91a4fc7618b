// What the words of a connection mean, and what to do about them.

/** [what it means, what to do] of a check that failed. */
const CHECKS = {
  signature_mismatch: ["The signature does not fit", "Another secret, or another address than the one the provider signed. Compare both with what stands at the provider; behind a proxy set settings.callback_url."],
  signature_missing: ["There was no signature", "Signing is off at the provider, or strangers call. Strangers get in nothing."],
  signature_malformed: ["The signature is damaged", "A proxy changed a header, or it is not the provider who calls."],
  timestamp_stale: ["Too old", "A clock is wrong, or an old request was sent again. Look at the clock of this machine."],
  body_hash_mismatch: ["The body was changed", "A proxy rewrites bodies. Let it pass them untouched."],
  scheme_not_accepted: ["Signed in another way", "settings.scheme names another scheme. Change or remove it."],
  secret_missing: ["A secret is missing here", "Set it below."],
  request_not_understood: ["Not a request of this provider", "The method or the content type is none it sends."],
  challenge_refused: ["The challenge was refused", "Give the provider and this connection the same verify token."],
};

export const checkName = (check) => CHECKS[check]?.[0] ?? check;
export const checkAdvice = (check) => CHECKS[check]?.[1] ?? "";

const TESTS = { account: "Account", secrets: "Secrets", target: "The provider’s address", callback_url: "The callback address", verification: "Signatures are asked for",
  token: "The token", subscription: "What the provider tells us of" };

export const testName = (name) => TESTS[name] ?? name;

const PROVIDERS = { twilio: "Twilio", facebook: "Facebook", x: "X", custom: "Custom" };

export const providerName = (name) => PROVIDERS[name] ?? name;

/** "auth_token" as the head of a field. */
export const fieldName = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
