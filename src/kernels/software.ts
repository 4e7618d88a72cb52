import conv2d_patches from './wgsl/conv2d_patches.wgsl';

/**
 * The texts of the kernels that only software adapters run, by name. They are loaded on demand
 * (`tensor/variants/patches.ts`).
 */
export const SOFTWARE_TEXTS = { conv2d_patches };
