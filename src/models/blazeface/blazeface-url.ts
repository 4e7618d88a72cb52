import type { BlazeFaceVariant } from './config.ts';

/** Returns the address of the weights that come with feathergrad. Written so that bundlers detect and include the files. */
export function blazeFaceUrl(variant: BlazeFaceVariant): URL {
  return variant === 'front'
    ? new URL('./weights/blazeface-front.safetensors', import.meta.url)
    : new URL('./weights/blazeface-back.safetensors', import.meta.url);
}
