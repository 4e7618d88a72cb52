// Network sizes: parameters and multiply-adds of thirteen networks.
// Nothing runs here. The shapes alone say how much work a network is.
import { CostSheet } from 'feathergrad';
import { getModel, listModels } from 'feathergrad/models';

const SIDE = 64;
for (const name of listModels()) {
  const model = getModel(name, { classes: 8 });
  const costs = new CostSheet();
  model.outputShape([1, SIDE, SIDE, 3], costs);
  const macs = costs.rows.reduce((sum, row) => sum + row.macs, 0);
  const millions = (value: number) => (value / 1e6).toFixed(2).padStart(7);
  console.log(`${name.padEnd(20)}${millions(model.parameterCount())} M parameters${millions(macs)} M MACs`);
}
