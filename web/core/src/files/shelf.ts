/** Where the bytes of files stand until they are at the server: in the browser's database, so that a reload loses none. */

export interface Shelf {
  put(key: string, file: Blob): Promise<void>;
  get(key: string): Promise<Blob | undefined>;
  drop(key: string): void;
}

const NAME = "switchboard";
const TABLE = "files";
/** What nobody came back for is taken away after this. */
const KEPT_MS = 7 * 24 * 3_600_000;

interface Row {
  at: number;
  file: Blob;
}

/** The browser's shelf; where it is closed to us, one that lasts as long as the page. */
export function openShelf(): Shelf {
  // Also what was just put there: it is read without a look at the disk.
  const held = new Map<string, Blob>();
  let database: Promise<IDBDatabase | undefined> | undefined;
  const opened = () => (database ??= open());

  return {
    async put(key, file) {
      held.set(key, file);
      const rows = await table(await opened(), "readwrite");
      if (rows) await done(rows.put({ at: Date.now(), file } satisfies Row, key));
    },
    async get(key) {
      if (held.has(key)) return held.get(key);
      const rows = await table(await opened(), "readonly");
      const row = rows && ((await done(rows.get(key))) as Row | undefined);
      return row?.file;
    },
    drop(key) {
      held.delete(key);
      void opened().then(async (opened) => (await table(opened, "readwrite"))?.delete(key));
    },
  };
}

function open(): Promise<IDBDatabase | undefined> {
  return new Promise((resolve) => {
    try {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE);
      asked.onsuccess = () => {
        tidy(asked.result);
        resolve(asked.result);
      };
      asked.onerror = asked.onblocked = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
}

function tidy(database: IDBDatabase): void {
  const rows = database.transaction(TABLE, "readwrite").objectStore(TABLE);
  const asked = rows.openCursor();
  asked.onsuccess = () => {
    const cursor = asked.result;
    if (!cursor) return;
    if ((cursor.value as Row).at < Date.now() - KEPT_MS) cursor.delete();
    cursor.continue();
  };
}

async function table(database: IDBDatabase | undefined, mode: IDBTransactionMode): Promise<IDBObjectStore | undefined> {
  try {
    return database?.transaction(TABLE, mode).objectStore(TABLE);
  } catch {
    return undefined;
  }
}

/** A full disk, or a browser that forbids it, is no reason to stop: then the page alone keeps it. */
function done<T>(request: IDBRequest<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      event.preventDefault();
      resolve(undefined);
    };
  });
}
