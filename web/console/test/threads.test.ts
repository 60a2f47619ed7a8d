import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conversation, LogEvent, Rest } from "@switchboard/core";
import type { Lists } from "../src/desk/lists.ts";
import type { DeskState } from "../src/desk/state.ts";
import type { Store } from "../src/desk/store.ts";
import { newThread } from "../src/desk/thread.ts";
import { openThreads } from "../src/desk/threads.ts";

test("who opens a chat of the list is told all that is known of it, and does not wait for that", async () => {
  const row = { id: "c", last_seq: 0, unread: 0 } as Conversation;
  let state = { rows: new Map([["c", row]]), threads: new Map() } as unknown as DeskState;
  const store: Store<DeskState> = {
    get: () => state,
    set: (more) => (state = { ...state, ...more }),
    subscribe: () => () => {},
  };
  const rest: Rest = async <T>() => ({ status: 200, body: { events: [], last_seq: 0, more: false } as T });
  const asked: string[] = [];
  const lists = { row: (id: string) => (asked.push(id), new Promise(() => {})) } as unknown as Lists;
  await openThreads(store, rest, lists, { unfollow: () => {}, follow: () => {} }).open("c");
  assert.deepEqual(asked, ["c"]);
  assert.equal(state.threads.get("c")!.state, "ready");
});

test("a log that the server does not know is read anew by a row that is read anew", async () => {
  const row = (last_seq: number) => ({ id: "c", last_seq, unread: 0 }) as Conversation;
  let state = {
    route: { conversation: "c" },
    rows: new Map([["c", row(900)]]),
    threads: new Map([["c", newThread(900)]]),
  } as unknown as DeskState;
  const store: Store<DeskState> = {
    get: () => state,
    set: (more) => (state = { ...state, ...more }),
    subscribe: () => () => {},
  };
  const event = { seq: 1, at: "", kind: "reopened", by: { kind: "visitor" } } as LogEvent;
  const asked: string[] = [];
  const rest: Rest = async <T>(_: string, path: string) => {
    asked.push(path);
    return { status: 200, body: { events: [event], last_seq: 1, more: false } as T };
  };
  const read = new Promise<[string, number]>((resolve) => {
    const line = { unfollow: () => {}, follow: (id: string, after = 0) => resolve([id, after]) };
    openThreads(store, rest, { row: async () => row(1) } as unknown as Lists, line).forget("c");
  });
  assert.deepEqual(await read, ["c", 1]);
  assert.deepEqual(asked, ["/v1/conversations/c/events?after=0"]);
  assert.equal(state.threads.get("c")!.state, "ready");
});
