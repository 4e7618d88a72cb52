// A layer of your own: multiply by a learned gate.
// A class with forward() and outputShape() is a full layer: it trains, it is counted and it has a state dict.
import {
  backward,
  type CostSheet,
  createDevice,
  Linear,
  Module,
  mul,
  ONES,
  Parameter,
  randn,
  Sequential,
  type Shape,
  sum,
  type Tensor,
} from 'feathergrad';

class Gate extends Module {
  readonly weight: Parameter;

  constructor(features: number) {
    super();
    this.weight = new Parameter([features], ONES);
  }

  forward(x: Tensor): Tensor {
    return mul(x, this.weight.value);
  }

  outputShape(input: Shape, costs?: CostSheet): Shape {
    return costs?.add(this, input) ?? input;
  }
}

const device = await createDevice();
const model = new Sequential(new Linear(4, 3), new Gate(3), new Linear(3, 1)).to(device, { seed: 1 });
console.log(model.parameterCount(), 'parameters:', [...(await model.stateDict()).keys()].join(', '));
backward(sum(model.call(randn(device, [8, 4], { seed: 2 }))));
for (const [name, { value }] of model.namedParameters()) {
  if (value.grad) await show(value.grad, { title: `Gradient of ${name}` });
}
