import type { BlazeFaceVariant } from './config.ts';

/**
 * Returns the URL of the weights that come with feathergrad, in a form that lets bundlers detect and include the files.
 */
export function blazeFaceUrl(variant: BlazeFaceVariant): URL {
  return variant === 'front'
    ? new URL('./weights/blazeface-front.safetensors', import.meta.url)
    : new URL('./weights/blazeface-back.safetensors', import.meta.url);
}
