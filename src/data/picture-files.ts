import { checkOptions, checkValue, having } from '../gpu/check-options.ts';
import { DataError } from './data-error.ts';
import { type FolderListing, planFolder, readPlan } from './folder-rules.ts';
import {
  DEFAULT_MAX_SIDE,
  grayIfEqual,
  type LabeledPictures,
  type Picture,
  READ_OPTIONS,
  type ReadPicturesOptions,
} from './picture.ts';

/** A file with its path below the chosen folder, such as `Happy/0001.png`. */
export interface PictureFile {
  path: string;
  file: Blob;
}

/** Dropped files and folders. The folders are needed to detect classes without files. */
export interface DroppedFiles extends Iterable<PictureFile> {
  folders: string[];
}

const WHERE = 'the chosen folder';

/**
 * Reads labeled images from selected or dropped files, one folder per class (PNG, JPEG or WebP, any size). Accepts the
 * files of `<input type="file" webkitdirectory>`, the result of `filesFromDataTransfer`, or any list of paths with blobs.
 * A common parent folder that contains folders is the root. Works in pages and workers; rules and result are those of
 * `readPictureFolder` in Node.
 *
 * @throws DataError when there are no images, only one class, or a class without images
 */
export async function readPictureFiles(
  files: Iterable<File | PictureFile> | DroppedFiles,
  options: ReadPicturesOptions = {},
): Promise<LabeledPictures> {
  checkOptions('readPictureFiles', options, READ_OPTIONS);
  const { maxSide = DEFAULT_MAX_SIDE, concurrency = 8 } = options;
  const plan = planFolder(listingOf(files));
  return readPlan(plan, (file, path) => decode(file, path, maxSide), { ...options, concurrency });
}

/**
 * Returns all files in dropped folders: one folder of classes, or the class folders themselves. Call it in the `drop`
 * event, before any await, because the browser clears the transfer afterwards.
 *
 * @throws DataError when a dropped entry cannot be read
 */
export async function filesFromDataTransfer(
  transfer: DataTransfer | DataTransferItemList,
): Promise<DroppedFiles> {
  checkValue('filesFromDataTransfer', 'transfer', transfer, (value) =>
    typeof value === 'object' && value !== null && ('items' in value || Symbol.iterator in value)
      ? undefined
      : 'event.dataTransfer',
  );
  const items = 'items' in transfer ? transfer.items : transfer;
  const entries: FileSystemEntry[] = [];
  const found: PictureFile[] = [];
  for (const item of items) {
    checkValue('filesFromDataTransfer', 'transfer', item, (value) =>
      having(value, 'webkitGetAsEntry', 'event.dataTransfer'),
    );
    const entry = item.webkitGetAsEntry();
    if (entry) entries.push(entry);
    // such as an image dragged from another page, which is not in a file system
    const file = entry ? null : item.getAsFile?.();
    if (file) found.push({ path: file.name, file });
  }
  const folders: string[] = [];
  for (const entry of entries) await walk(entry, entry.name, found, folders);
  return { folders, [Symbol.iterator]: () => found.values() };
}

async function walk(
  entry: FileSystemEntry,
  path: string,
  found: PictureFile[],
  folders: string[],
): Promise<void> {
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => {
        (entry as FileSystemFileEntry).file(resolve, reject);
      });
      found.push({ path, file });
      return;
    }
    folders.push(path);
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // a reader returns at most a hundred entries at a time, and none at the end
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
        reader.readEntries(resolve, reject);
      });
      if (some.length === 0) break;
      for (const child of some) await walk(child, `${path}/${child.name}`, found, folders);
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(
      `filesFromDataTransfer: ${path} could not be read (${reason}). Drop the folder again.`,
    );
  }
}

const listRule = (value: unknown) =>
  typeof value === 'object' && value !== null && Symbol.iterator in value ? undefined : 'a list of files';

const fileRule = (value: unknown) =>
  typeof value === 'object' && value !== null && ('file' in value || 'name' in value)
    ? undefined
    : 'files, or objects { path, file }';

function listingOf(source: Iterable<File | PictureFile> | DroppedFiles): FolderListing<Blob> {
  const files: { path: string; file: Blob }[] = [];
  checkValue('readPictureFiles', 'files', source, listRule);
  for (const item of source) {
    checkValue('readPictureFiles', 'files', item, fileRule);
    if ('path' in item && 'file' in item) files.push({ path: tidy(item.path), file: item.file });
    else files.push({ path: tidy(item.webkitRelativePath || item.name), file: item });
  }
  const folders = 'folders' in source ? source.folders.map(tidy) : [];
  const root = sharedRoot([...files.map(({ path }) => path), ...folders]);
  if (root === undefined) return { where: WHERE, files, folders };
  const below = (path: string) => path.slice(root.length + 1);
  return {
    where: `${WHERE} ${root}`,
    files: files.map(({ path, file }) => ({ path: below(path), file })),
    folders: folders.filter((path) => path !== root).map(below),
  };
}

/** Returns the common first folder of all paths if it contains folders; otherwise the first folders are the classes. */
function sharedRoot(paths: string[]): string | undefined {
  const root = paths[0]?.split('/')[0];
  if (root === undefined) return undefined;
  const shared = paths.every((path) => path === root || path.startsWith(`${root}/`));
  return shared && paths.some((path) => path.split('/').length > 2) ? root : undefined;
}

function tidy(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(\.?\/)+/, '');
}

async function decode(file: Blob, name: string, maxSide: number): Promise<Picture> {
  if (file.size === 0) throw new Error('the file is empty');
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  // the canvas is read once and discarded; without this hint the browser would copy each image to the GPU and back
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the browser returned no 2D canvas context');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const rgba = context.getImageData(0, 0, width, height).data;
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!;
    rgb[to + 1] = rgba[from + 1]!;
    rgb[to + 2] = rgba[from + 2]!;
  }
  return { width, height, name, ...grayIfEqual(rgb) };
}
