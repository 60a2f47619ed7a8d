/** Signing in: by the cookie that is there, by the door, or, in the demo, with what the demo says. */

import type { DemoConfig, Rest, Session } from "@switchboard/core";

/** The session that stands; null: nobody is signed in; undefined: the server was not reached. */
export async function readSession(rest: Rest): Promise<Session | null | undefined> {
  const answer = await rest<Session>("GET", "/v1/session");
  if (answer.status === 200) return answer.body;
  return answer.status === 0 || answer.status >= 500 ? undefined : null;
}

/** Signs in with the demo's own operator. */
export async function demoSession(rest: Rest): Promise<Session | null | undefined> {
  const config = await rest<DemoConfig>("GET", "/demo/config.json");
  if (config.status !== 200) return readSession(rest);
  const { email, password } = config.body.operator;
  await rest("POST", "/v1/session", { email, password });
  return readSession(rest);
}
