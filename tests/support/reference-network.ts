import type { Variant } from '../../src/models/fer-mobilenetv3/config.ts';
import {
  ferMobileNetV3,
  mobileNetV3Large,
  type NetworkConfig,
  withAttention,
} from '../reference/fer-mobilenetv3-config.ts';

/** The reference's configuration of a variant, which shares no code with the library's. */
export function referenceConfig(variant: Variant, classes: number): NetworkConfig {
  const paper = ferMobileNetV3(classes);
  const inPlace = (attention: 'se' | 'ca' | 'maxca' | 'cpsca') =>
    withAttention(paper, (_, block) => (block.attention === 'none' ? 'none' : attention));
  switch (variant) {
    case 'paper':
      return paper;
    case 'large':
      return mobileNetV3Large(classes);
    case 'reduced':
      return withAttention(paper, () => 'none');
    case 'reduced-se':
      return inPlace('se');
    case 'reduced-ca':
      return inPlace('ca');
    case 'reduced-maxca':
      return inPlace('maxca');
    case 'reduced-cpsca':
      return inPlace('cpsca');
  }
}
