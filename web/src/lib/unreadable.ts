/** Returns whether a file is one of Apple's HEIC pictures, which only Safari can read. */
export const isHeic = ({ name, type = '' }: { name: string; type?: string }): boolean =>
  /^image\/hei[cf]/.test(type) || /\.(heic|heif)$/i.test(name);

const HEIC_ADVICE =
  'Save it as JPEG first; on an iPhone, choose Settings > Camera > Formats > Most Compatible.';

/** Returns why a file can’t be opened as a picture, and what to do. */
export function unreadable(file: { name: string; type?: string }): string {
  return isHeic(file)
    ? `${file.name} is a HEIC picture, which this browser can’t read. ${HEIC_ADVICE}`
    : `${file.name} can’t be opened as a picture. Use PNG, JPEG or WebP.`;
}
