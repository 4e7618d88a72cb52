// Shapes and broadcasting: a column plus a row is a table.
// Axes of length 1 are repeated until the shapes agree, as in NumPy and PyTorch.
import { createDevice, mul, permute, reshape, sum, tensor } from 'feathergrad';

const device = await createDevice();
const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const column = tensor(device, numbers, { shape: [10, 1] });
const row = tensor(device, numbers, { shape: [1, 10] });
const table = mul(column, row);
await show(table, { title: 'The multiplication table, [10, 10]' });

await show(sum(table, 1), { title: 'The sum of each row, [10]' });
await show(reshape(table, [4, 25]), { title: 'The same 100 numbers as [4, 25]', as: 'heat' });
const cube = reshape(table, [2, 5, 10]);
console.log('permute turns', cube.shape, 'into', permute(cube, [2, 0, 1]).shape);
