/**
 * Returns the URL of the weights that come with feathergrad, in a form that lets bundlers detect and include the file.
 * The function is separate from pretrained.ts, which a page loads only when needed.
 */
export function pretrainedUrl(): URL {
  return new URL('./weights/fer-mobilenetv3-ferplus.safetensors', import.meta.url);
}
