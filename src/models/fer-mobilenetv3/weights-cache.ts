import { cacheFolder } from '../../gpu/cache-folder.ts';

/** Caches downloads between visits and runs. Damaged entries are ignored. */
export interface WeightsCache {
  get(address: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  put(address: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** Name of the cache in a page, and of the folder under the user's cache folder. */
const NAME = 'feathergrad-weights';
const DIGEST_BYTES = 32;

/**
 * Opens the cache: the browser's Cache API in a page or worker, a folder in Node, Deno and Bun.
 * @param place a name or folder other than the default
 * @returns undefined if neither is available, as on a page that is not served over https
 */
export async function openCache(place: string | undefined): Promise<WeightsCache | undefined> {
  const files = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  if (files) return folderCache(files, place ?? cacheFolder(NAME));
  if (typeof caches === 'undefined') return undefined;
  const cache = await caches.open(place ?? NAME);
  return {
    async get(address) {
      const found = await cache.match(address);
      return found && unsealed(new Uint8Array(await found.arrayBuffer()));
    },
    async put(address, bytes) {
      await cache.put(address, new Response(await sealed(bytes)));
    },
  };
}

function folderCache(files: typeof import('node:fs/promises'), folder: string): WeightsCache {
  const fileOf = async (address: string) =>
    `${folder}/${hex(await digest(new TextEncoder().encode(address))).slice(0, 32)}.weights`;
  return {
    async get(address) {
      const bytes = await files.readFile(await fileOf(address)).catch(() => undefined);
      return bytes && unsealed(new Uint8Array(bytes));
    },
    async put(address, bytes) {
      await files.mkdir(folder, { recursive: true });
      const path = await fileOf(address);
      const part = `${path}.${globalThis.process.pid}.part`; // so that no reader sees a partial file
      await files.writeFile(part, await sealed(bytes));
      await files.rename(part, path);
    },
  };
}

/** Returns the bytes, preceded by their SHA-256. */
async function sealed(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(DIGEST_BYTES + bytes.length);
  whole.set(await digest(bytes));
  whole.set(bytes, DIGEST_BYTES);
  return whole;
}

async function unsealed(whole: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = whole.slice(DIGEST_BYTES);
  return hex(await digest(bytes)) === hex(whole.subarray(0, DIGEST_BYTES)) ? bytes : undefined;
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
