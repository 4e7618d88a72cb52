/**
 * Returns the address of the weights that come with feathergrad. Written so that bundlers detect and include the file;
 * separate from pretrained.ts, which a page loads only when needed.
 */
export function pretrainedUrl(): URL {
  return new URL('./weights/fer-mobilenetv3-ferplus.safetensors', import.meta.url);
}
