/** Stores tuning tables between visits and runs, as text by name. */
export interface TuningCache {
  get(name: string): Promise<string | undefined>;
  put(name: string, text: string): Promise<void>;
}

/** Name of the database in a page, and of the folder under the user's cache folder. */
const NAME = 'feathergrad-tuning';
const STORE = 'tables';

/**
 * Opens the cache: IndexedDB in a page or worker, a folder in Node, Deno and Bun.
 * @param place a name or folder other than the default
 * @throws Error when neither is available
 */
export async function openTuningCache(place: string = NAME): Promise<TuningCache> {
  const files = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  if (files) {
    // loaded on demand: bundlers would make a file of a module that pages share with `pretrained`
    const { cacheFolder } = await import('../../gpu/cache-folder.ts');
    return folderCache(files, place === NAME ? cacheFolder(NAME) : place);
  }
  if (typeof indexedDB === 'undefined') throw new Error('this engine has no IndexedDB');
  const within = async (
    mode: IDBTransactionMode,
    run: (store: IDBObjectStore) => IDBRequest,
  ): Promise<unknown> => {
    const opening = indexedDB.open(place, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    const database = await result(opening);
    try {
      return await result(run(database.transaction(STORE, mode).objectStore(STORE)));
    } finally {
      database.close();
    }
  };
  return {
    get: (name) => within('readonly', (store) => store.get(name)) as Promise<string | undefined>,
    put: async (name, text) => void (await within('readwrite', (store) => store.put(text, name))),
  };
}

function folderCache(files: typeof import('node:fs/promises'), folder: string): TuningCache {
  const fileOf = async (name: string) => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name)));
    const hex = Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
    return `${folder}/${hex}.json`;
  };
  return {
    async get(name) {
      try {
        return await files.readFile(await fileOf(name), 'utf8');
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async put(name, text) {
      await files.mkdir(folder, { recursive: true });
      const path = await fileOf(name);
      const part = `${path}.${globalThis.process.pid}.part`; // so that no reader sees a partial file
      await files.writeFile(part, text);
      await files.rename(part, path);
    },
  };
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
