/**
 * Where the weights lie that come with feathergrad. Written so that bundlers see the file and take it along; apart
 * from pretrained.ts, which a page loads only when it asks for them.
 */
export function pretrainedUrl(): URL {
  return new URL('./weights/fer-mobilenetv3-ferplus.safetensors', import.meta.url);
}
