/** ImageNet's mean per channel, for pixels in 0..1; by default it is subtracted from every input. */
export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
/** ImageNet's standard deviation per channel, for pixels in 0..1; by default every input is divided by it. */
export const IMAGENET_STD = [0.229, 0.224, 0.225] as const;
