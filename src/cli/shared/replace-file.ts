import { open, rename } from 'node:fs/promises';

/** Writes a file under a temporary name, and gives it its own when all of it is on the disk. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await writeSynced(`${path}.tmp`, bytes);
  await rename(`${path}.tmp`, path);
}

/** Writes a file and waits until it is on the disk. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
