// Depthwise separable convolution: the trick that makes MobileNet small.
// It splits one convolution into two: first within each channel, then across channels.
import { Conv2d, CostSheet, DepthwiseConv2d, Sequential } from 'feathergrad';

const [SIDE, IN, OUT] = [28, 64, 128];
const ordinary = new Conv2d(IN, OUT, 3, { padding: 1, bias: false });
const separable = new Sequential(
  new DepthwiseConv2d(IN, 3, { padding: 1, bias: false }),
  new Conv2d(IN, OUT, 1, { bias: false }),
);

for (const [name, layer] of [
  ['ordinary', ordinary],
  ['separable', separable],
] as const) {
  const costs = new CostSheet();
  layer.outputShape([1, SIDE, SIDE, IN], costs);
  const macs = costs.rows.reduce((sum, row) => sum + row.macs, 0);
  console.log(`${name}: ${layer.parameterCount()} weights, ${macs} multiply-adds`);
}
